"""One module a question: datasets in, summary rows and a figure out."""
