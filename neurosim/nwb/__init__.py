"""Recordings as NWB files (Neurodata Without Borders) and back, without loss.

What NWB has a place for goes there: units and spike times, epochs, position, head direction,
series, tables of intervals; the planted truth is a processing module of its own. Where each
variable of the recording went, and what NWB has no place for (dimensions, types, attributes,
provenance), stands in a text beside them (`layout`), so that the recording can be made again.
"""
