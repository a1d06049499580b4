"""What was opened as CSV, Parquet and VCF: exact to the last digit, or refused."""

import csv
import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from salus.rights.records.formats import variants
from salus.rights.records.formats.errors import (
    BadAttachment,
    NoPosition,
    NotInThisFormat,
    NoVariants,
    SeveralAssemblies,
    SeveralAttachments,
    UnknownFormat,
)
from salus.rights.records.formats.hgvs import Place, chromosome_of, placed
from salus.rights.records.formats.observations import COLUMNS
from salus.rights.records.formats.placing import Place as Output
from salus.rights.records.formats.service import TABLES, Format, format_named, written
from salus.rights.records.sections import SECTIONS
from salus.surfaces.demo.patients import patient

LOINC = "http://loinc.org"
VCF = (
    b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tG\t.\t.\t.\n"
)


def loinc(code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code}], **({"text": text} if text else {})}


def section(*resources: dict[str, Any] | bytes) -> dict[str, bytes]:
    """Resources by their names, as they are opened."""
    found = {}
    for each in resources:
        raw = each if isinstance(each, bytes) else json.dumps(each).encode()
        value = json.loads(raw)
        found[f"{value['resourceType']}/{value['id']}"] = raw
    return found


def observation(name: str, **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": loinc("718-7", "Hemoglobin"),
        **members,
    }


def rows(resources: Mapping[str, bytes], name: str = "laboratory") -> list[dict[str, str]]:
    text = written(resources, name, Format.CSV).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def parquet_rows(resources: Mapping[str, bytes], name: str = "laboratory") -> list[dict[str, Any]]:
    found = parquet.read_table(BytesIO(written(resources, name, Format.PARQUET)))
    listed: list[dict[str, Any]] = found.to_pylist()
    return listed


"""TABLES"""


@pytest.mark.parametrize("text", ["1.20E3", "0.10", "-3", "12345678901234567890.123456789"])
def test_a_number_stays_what_its_source_wrote(text: str) -> None:
    raw = json.dumps(observation("o1", valueQuantity={"value": 7, "unit": "g/dL"}))
    resources = section(raw.replace('"value": 7', f'"value": {text}').encode())
    (row,), (typed,) = rows(resources), parquet_rows(resources)

    assert row["value"] == row["written"] == typed["written"] == text
    assert typed["value"] == float(text)
    assert (row["unit"], row["code"], row["display"]) == ("g/dL", "718-7", "Hemoglobin")


def test_each_component_is_a_row_beside_its_whole() -> None:
    parts = [{"code": loinc("8480-6"), "valueQuantity": {"value": 120}}, {"code": loinc("8462-4")}]
    found = rows(section(observation("bp", component=parts, valueString="sitting")), "vital-signs")

    assert [(row["component"], row["code"], row["value"], row["text"]) for row in found] == [
        ("", "718-7", "", "sitting"),
        ("1", "8480-6", "120", ""),
        ("2", "8462-4", "", ""),
    ]


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ({"valueString": 'words, "quoted"\nand lines'}, 'words, "quoted"\nand lines'),
        ({"valueCodeableConcept": loinc("LA9633-4", "Present")}, "Present"),
        ({"valueBoolean": False}, "false"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2}}}, "1..2"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 64}}}, "1:64"),
        ({"dataAbsentReason": {"coding": [{"code": "unknown"}]}}, ""),
    ],
)
def test_a_value_that_is_no_number_is_text(member: dict[str, Any], text: str) -> None:
    resources = section(observation("o1", **member))
    (row,), (typed,) = rows(resources), parquet_rows(resources)

    assert row["text"] == text == (typed["text"] or "")
    assert row["value"] == ""
    assert typed["value"] is None


def test_bounds_ranges_and_times_have_columns_of_their_own() -> None:
    (row,) = rows(
        section(
            observation(
                "o1",
                effectivePeriod={"start": "2026-01", "end": "2026-02-03"},
                valueQuantity={"value": 5, "comparator": "<"},
                referenceRange=[{"low": {"value": 1.5}, "high": {"value": 9}}],
                interpretation=[{"coding": [{"code": "L"}]}],
            )
        )
    )

    assert (row["effective"], row["effective_end"]) == ("2026-01", "2026-02-03")
    assert (row["comparator"], row["low"], row["high"]) == ("<", "1.5", "9")
    assert row["interpretation"] == "L"


def test_every_kind_of_medication_is_a_row_for_each_dosage() -> None:
    twice = {
        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "mg"}}],
        "asNeededBoolean": True,
    }
    resources = section(
        {
            "resourceType": "MedicationRequest",
            "id": "r1",
            "status": "active",
            "authoredOn": "2026-03-01",
            "medicationCodeableConcept": {"text": "Aspirin"},
            "dosageInstruction": [twice, {"text": "at night"}],
        },
        {
            "resourceType": "MedicationAdministration",
            "id": "a1",
            "status": "completed",
            "effectiveDateTime": "2026-03-02",
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Heparin"}}],
            "medicationReference": {"reference": "#m"},
            "dosage": {"dose": {"value": 5000, "unit": "IU"}},
        },
    )
    given_, first, second = rows(resources, "medications")

    assert (given_["kind"], given_["display"], given_["dose_written"]) == (
        "administration",
        "Heparin",
        "5000",
    )
    assert (first["dose"], first["dose_unit"], first["as_needed"]) == ("0.5", "mg", "true")
    assert (first["frequency"], first["period"], first["period_unit"]) == ("2", "1", "d")
    assert (second["dosage"], second["start"]) == ("at night", "2026-03-01")


def test_csv_and_parquet_say_the_same_of_a_whole_patient() -> None:
    entries = json.loads(patient(3, resources=200))["entry"]
    for name in TABLES:
        kinds = ("Medication",) if name == "medications" else ("Observation",)
        mine = [
            each["resource"]
            for each in entries
            if each["resource"]["resourceType"].startswith(kinds)
            and each["resource"]["resourceType"] != "Medication"
        ]
        resources = section(*mine)
        plain, typed = rows(resources, name), parquet_rows(resources, name)

        assert len(plain) == len(typed) >= len(mine) > 0
        for left, right in zip(plain, typed, strict=True):
            texts = {key: value or "" for key, value in right.items()}
            assert all(left[key] == texts[key] for key in texts if isinstance(texts[key], str))


def test_each_column_of_a_parquet_file_says_what_it_means() -> None:
    raw = written(section(observation("o1", valueInteger=1)), "laboratory", Format.PARQUET)
    schema = parquet.read_schema(BytesIO(raw))
    meanings = [schema.field(column.name).metadata[b"meaning"].decode() for column in COLUMNS]

    assert meanings == [column.meaning for column in COLUMNS]


@given(st.text(), st.sampled_from(["laboratory", "vital-signs"]))
def test_any_text_comes_back_from_csv_as_it_was(words: str, name: str) -> None:
    resources = section(observation("o1", valueString=words))
    try:
        (row,) = rows(resources, name)
    except UnicodeEncodeError:  # half a surrogate is in no document that was imported
        return

    assert row["text"] == words


"""VCF"""

BRCA1 = "NC_000017.11:g.43045712G>A"


def component(code: str, **value: Any) -> dict[str, Any]:
    return {"code": loinc(code), **value}


def named(code: str, text: str) -> dict[str, Any]:
    return component(code, valueCodeableConcept={"text": text})


def coded(code: str, value: str) -> dict[str, Any]:
    return component(code, valueCodeableConcept={"coding": [{"code": value}]})


def variant(name: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return observation(name, code=loinc("69548-6"), component=list(parts))


def stated(
    chromosome: str = "NC_000019.10", start: int = 44908684, ref: str = "T", alt: str = "C"
) -> list[dict[str, Any]]:
    return [
        coded("48013-7", chromosome),
        component("81254-5", valueRange={"low": {"value": start}}),
        component("69547-8", valueString=ref),
        component("69551-0", valueString=alt),
    ]


def lines(*resources: dict[str, Any]) -> list[list[str]]:
    text = written(section(*resources), "genomics", Format.VCF).decode()
    return [line.split("\t") for line in text.splitlines() if not line.startswith("##")]


def test_variants_are_lines_in_the_order_of_the_genome() -> None:
    later = variant("v1", *stated(), named("48018-6", "APOE"), coded("53034-5", "LA6706-1"))
    share = component("81258-6", valueQuantity={"value": 0.48})
    earlier = variant("v2", component("81290-9", valueString=BRCA1), share)
    head, first, second = lines(later, earlier)

    assert head[:5] == ["#CHROM", "POS", "ID", "REF", "ALT"]
    assert first[:5] == ["17", "43045712", ".", "G", "A"]
    assert first[7] == "HGVS=NC_000017.11%3Ag.43045712G>A;RESOURCE=Observation/v2"
    assert first[8:] == ["GT:AF", "./.:0.48"]
    assert second[:5] == ["19", "44908684", ".", "T", "C"]
    assert second[7:] == ["GENE=APOE;RESOURCE=Observation/v1", "GT:AF", "0/1:."]


@pytest.mark.parametrize(("counting", "position"), [("LA30100-4", 8), ("LA30102-0", 7)])
def test_a_position_counts_from_one(counting: str, position: int) -> None:
    _, line = lines(variant("v1", *stated(start=7), coded("92822-6", counting)))

    assert line[1] == str(position)


@pytest.mark.parametrize(("value", "share"), [("0.4800", "0.4800"), ("48.5", "0.485")])
def test_a_share_of_the_reads_is_a_part_of_one(value: str, share: str) -> None:
    unit = {"code": "%"} if share != value else {"code": "1"}
    told = component("81258-6", valueQuantity={"value": 7, **unit})
    raw = json.dumps(variant("v1", *stated(), told)).replace('"value": 7,', f'"value": {value},')
    text = written(section(raw.encode()), "genomics", Format.VCF).decode()

    assert text.endswith(f"\t./.:{share}\n")


@pytest.mark.parametrize(
    "parts",
    [
        [named("48004-6", "NM_007294.4:c.68_69del")],
        [component("81290-9", valueString="NC_000017.11:g.43124028_43124029del")],
        [component("81290-9", valueString="NC_999999.1:g.5G>A")],
        stated(ref="<DEL>"),
        stated(start=0),
        stated()[:-1],
    ],
)
def test_what_has_no_position_and_alleles_is_no_line(parts: list[dict[str, Any]]) -> None:
    with pytest.raises(NoPosition, match="Observation/v1"):
        lines(variant("v1", *parts))


def test_one_file_has_one_reference() -> None:
    old = variant("v1", component("81290-9", valueString="NC_000017.10:g.41197729G>A"))
    new = variant("v2", component("81290-9", valueString=BRCA1))
    with pytest.raises(SeveralAssemblies, match="GRCh37, GRCh38"):
        lines(old, new)
    text = written(section(new), "genomics", Format.VCF).decode()

    assert "##reference=GRCh38\n" in text


def test_without_variants_there_is_no_file() -> None:
    with pytest.raises(NoVariants):
        lines(observation("o1", valueString="normal"))


def attached(name: str, data: bytes, kind: str = "text/vcf") -> dict[str, Any]:
    text = b64encode(data).decode()
    return {"resourceType": "Binary", "id": name, "contentType": kind, "data": text}


@pytest.mark.parametrize("data", [VCF, gzip.compress(VCF)], ids=["plain", "compressed"])
def test_a_file_that_was_attached_comes_as_it_is(data: bytes) -> None:
    found = attached("b1", data, "application/vcf; charset=utf-8")

    assert written(section(found), "genomics", Format.VCF) == VCF


def test_members_of_a_blocked_file_are_joined() -> None:
    blocks = gzip.compress(VCF[:30]) + gzip.compress(VCF[30:])

    assert written(section(attached("b1", blocks)), "genomics", Format.VCF) == VCF


def test_a_file_that_only_says_to_be_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"not a table", gzip.compress(VCF)[:-9]):
        with pytest.raises(BadAttachment, match="Binary/b1"):
            written(section(attached("b1", data)), "genomics", Format.VCF)
    monkeypatch.setattr(variants, "LARGEST", len(VCF) - 1)
    with pytest.raises(BadAttachment):
        written(section(attached("b1", gzip.compress(VCF))), "genomics", Format.VCF)


def test_which_of_two_files_is_wanted_nobody_knows() -> None:
    with pytest.raises(SeveralAttachments):
        written(section(attached("b1", VCF), attached("b2", VCF)), "genomics", Format.VCF)


def test_a_change_is_placed_by_its_name() -> None:
    assert placed(BRCA1) == Place("17", 43045712, "G", "A", "GRCh38")
    assert chromosome_of("NC_000024.9") == ("Y", "GRCh37")
    assert chromosome_of("NC_012920.1") == ("MT", "")


"""PLACES"""


def test_what_makes_no_sense_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    for name in SECTIONS.values():
        for form in (Format.CSV, Format.PARQUET):
            if name not in TABLES:
                with pytest.raises(NotInThisFormat):
                    Output(str(tmp_path / "x"), name, form.value)
        if name != "genomics":
            with pytest.raises(NotInThisFormat):
                Output(str(tmp_path / "x"), name, "vcf")
        Output(str(tmp_path / "x"), name, "ndjson")
    with pytest.raises(UnknownFormat):
        format_named("xlsx")


def test_a_folder_has_each_resource_in_its_own_bytes(tmp_path: Path) -> None:
    raw = b'{\n "resourceType": "Observation", "id": "o1", "valueInteger": 1.0E2 }'
    resources = {"Observation/o1": raw}
    Output(f"{tmp_path}/all/", "laboratory", "ndjson").write(resources)
    Output(str(tmp_path / "all.ndjson"), "laboratory", "ndjson").write(resources)

    assert (tmp_path / "all" / "Observation-o1.json").read_bytes() == raw
    assert (tmp_path / "all.ndjson").read_bytes() == raw.replace(b"\n", b"") + b"\n"
