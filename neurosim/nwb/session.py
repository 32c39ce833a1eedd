"""What NWB says of a session beside its data: when, who, of which animal."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from neurosim import __version__
from neurosim.nwb.library import load_pynwb

# When a session began that nobody dated: NWB wants a date, and one that depended on when the file
# was written would make another file of the same recording.
REFERENCE_DATE = datetime(2000, 1, 1, tzinfo=UTC)
SESSION = "nwb_session"  # global attribute of a recording that came from NWB: JSON of what follows
TEXTS = (
    "session_description",
    "session_id",
    "experiment_description",
    "institution",
    "lab",
    "notes",
    "protocol",
)
LISTS = ("experimenter", "keywords", "related_publications")
SUBJECT = ("subject_id", "species", "sex", "age", "genotype", "strain", "weight", "description")
# An animal that is not known, and one that never was, in the words that validators accept.
UNKNOWN = {
    "sex": "U",
    "age": "P0D/",
    "species": "http://purl.obolibrary.org/obo/NCBITaxon_32644",
    "description": "the recording does not say which animal it is of",
}
SIMULATED = UNKNOWN | {
    "species": "http://purl.obolibrary.org/obo/NCBITaxon_32630",
    "description": "simulated: CA1 as in rats, ADN and superior colliculus as in mice",
}


def session_of(nwbfile: Any) -> str:
    """Note what an NWB file says of its session, as JSON for the attribute `SESSION`."""
    known: dict[str, Any] = {"session_start_time": nwbfile.session_start_time.isoformat()}
    for name in (*TEXTS, *LISTS):
        value = getattr(nwbfile, name)
        if value is not None and len(value):
            known[name] = value if name in TEXTS else [str(item) for item in value]
    if nwbfile.subject is not None:
        fields = {name: getattr(nwbfile.subject, name) for name in SUBJECT}
        known["subject"] = {name: value for name, value in fields.items() if value}
    if nwbfile.units is not None and (nwbfile.units.resolution or 0) > 0:
        known["resolution"] = float(nwbfile.units.resolution)
    return json.dumps(known, sort_keys=True)


def known_session(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What a recording's attributes say of its session; nothing where it did not come from NWB."""
    return json.loads(attributes.get(SESSION, "{}"))


def describe_session(attributes: Mapping[str, Any], name: str, identifier: str) -> Any:
    """Begin an NWB file with what is known of a recording.

    Parameters
    ----------
    attributes : Mapping
        Global attributes of the recording.
    name : str
        Of the recording; the subject's id where nothing else is known.
    identifier : str
        Of the file.

    Returns
    -------
    pynwb.NWBFile
    """
    pynwb = load_pynwb()
    known = known_session(attributes)
    simulated = attributes.get("origin") == "simulated"
    title = str(attributes.get("title", "A recording"))
    start = known.get("session_start_time")
    start = REFERENCE_DATE if start is None else datetime.fromisoformat(start)
    defaults = {"session_description": title, "session_id": name, "experiment_description": title}
    if simulated:
        defaults["keywords"] = ["simulation", "replay", "head direction"]
    fields = {name: known[name] for name in (*TEXTS, *LISTS) if name in known}
    subject = {"subject_id": name} | (SIMULATED if simulated else UNKNOWN)
    return pynwb.NWBFile(
        identifier=identifier,
        session_start_time=start,
        file_create_date=[start],
        subject=pynwb.file.Subject(**subject | known.get("subject", {})),
        was_generated_by=[["neurosim", __version__]],
        **defaults | fields,
    )
