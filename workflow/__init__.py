"""The Snakemake workflow: rules, adapters, schemas."""
