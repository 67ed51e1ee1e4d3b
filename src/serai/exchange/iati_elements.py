"""IATI elements as fields and back. What the fields do not say is kept whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from serai.errors import InputError, MissingExtraError, Problem
from serai.records.activity import Activity, Part

try:
    from lxml import etree
except ImportError:
    raise MissingExtraError("lxml", "exchange") from None

Element = Any
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """The attributes, children and text that the fields of a part hold; `empty`: it may say nothing."""

    attributes: Set[str] = frozenset()
    children: Mapping[str, Shape] = field(default_factory=dict)
    text: bool = False
    empty: bool = False


ORDER = (
    "iati-identifier", "reporting-org", "title", "description", "participating-org", "other-identifier",
    "activity-status", "activity-date", "contact-info", "activity-scope", "recipient-country",
    "recipient-region", "location", "sector", "tag", "country-budget-items", "humanitarian-scope",
    "policy-marker", "collaboration-type", "default-flow-type", "default-finance-type",
    "default-aid-type", "default-tied-status", "budget", "planned-disbursement", "capital-spend",
    "transaction", "document-link", "related-activity", "legacy-data", "conditions", "result", "crs-add",
    "fss",
)  # fmt: skip
"""The order of elements that the standard asks for; those of other namespaces come last."""

PLACE = {name: place for place, name in enumerate(ORDER)}


def activity_fields(element: Element) -> Fields:
    """The fields of an `iati-activity`, for `Activity.model_validate`."""
    fields: Fields = {"attributes": dict(element.attrib), "other": []}
    for child in element:
        name = LISTS.get(child.tag) or SINGLES.get(child.tag)
        if child.tag == "iati-identifier" and "identifier" not in fields:
            fields["identifier"] = (child.text or "").strip()
        elif child.tag == "activity-status" and "status" not in fields:
            fields["status"] = child.get("code", "")
        elif name is None or (child.tag in SINGLES and name in fields):
            fields["other"].append(canonical(child))
        elif child.tag in LISTS:
            fields.setdefault(name, []).append(_part(child))
        else:
            fields[name] = _part(child)
    return fields


def element_of(activity: Activity) -> Element:
    """The XML of an activity, its elements in the order of the standard."""
    children = [
        _text_element("iati-identifier", activity.identifier),
        _element("activity-status", code=activity.status),
    ]
    for tag, name in SINGLES.items():
        children.append(_written(tag, getattr(activity, name), activity.identifier))
    for tag, name in LISTS.items():
        children += [_written(tag, part, activity.identifier) for part in getattr(activity, name)]
    children += [etree.fromstring(text, _PARSER) for text in activity.other]
    spoken = {prefix: uri for child in children for prefix, uri in child.nsmap.items() if prefix}
    root = etree.Element("iati-activity", dict(activity.attributes), nsmap=spoken)
    root.extend(sorted(children, key=lambda child: PLACE.get(child.tag, len(PLACE))))
    return root


def canonical(element: Element) -> str:
    """An element in canonical form: the same content gives the same text."""
    return str(
        etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False).decode()
    )


def _part(element: Element) -> Fields:
    fields = READERS[element.tag](element)
    if not _says_no_more(element, SHAPES[element.tag]):
        fields["kept"] = canonical(element)
    return fields


def _says_no_more(element: Element, shape: Shape) -> bool:
    """Whether an element has only the attributes, text and children that its fields hold, each once."""
    if any(name not in shape.attributes or not value for name, value in element.items()):
        return False
    if (element.text and not shape.text) or not (
        len(element) or element.text or element.attrib or shape.empty
    ):
        return False
    seen = set()
    for child in element:
        inside = shape.children.get(child.tag)
        if inside is None or child.tag in seen or child.tail or not _says_no_more(child, inside):
            return False
        seen.add(child.tag)
    return True


def _written(tag: str, part: Part, activity: str) -> Element:
    fields = part.model_dump(exclude={"kept"})
    if not part.kept:
        return WRITERS[tag](fields)
    element = etree.fromstring(part.kept, _PARSER)
    if type(part).model_validate(READERS[tag](element)).model_dump(exclude={"kept"}) != fields:
        reason = f"a {tag} was changed and its original XML says more than its fields"
        raise InputError(Problem(reason, "Clear `kept` to write the fields alone.", row=activity, field=tag))
    return element


def _organisation(e: Element) -> Fields:
    return _known(name=_narrative(e), ref=e.get("ref"), type=e.get("type"), role=e.get("role"))


def _description(e: Element) -> Fields:
    return {"text": _narrative(e)} | _known(type=e.get("type"))


def _date(e: Element) -> Fields:
    return _known(type=e.get("type"), date=e.get("iso-date"))


def _share(e: Element) -> Fields:
    return _known(code=e.get("code"), percentage=e.get("percentage"))


def _sector(e: Element) -> Fields:
    return _share(e) | _known(vocabulary=e.get("vocabulary"))


def _value(e: Element) -> Fields:
    value = e.find("value")
    if value is None:
        return {}
    return _known(
        value=(value.text or "").strip(), currency=value.get("currency"), value_date=value.get("value-date")
    )


def _budget(e: Element) -> Fields:
    start, end = _attribute(e, "period-start", "iso-date"), _attribute(e, "period-end", "iso-date")
    return _value(e) | _known(type=e.get("type"), status=e.get("status"), start=start, end=end)


def _transaction(e: Element) -> Fields:
    return _value(e) | _known(
        type=_attribute(e, "transaction-type", "code"),
        date=_attribute(e, "transaction-date", "iso-date"),
        description=_narrative(e.find("description")),
        provider=_narrative(e.find("provider-org")),
        provider_ref=_attribute(e, "provider-org", "ref"),
        receiver=_narrative(e.find("receiver-org")),
        receiver_ref=_attribute(e, "receiver-org", "ref"),
        flow_type=_attribute(e, "flow-type", "code"),
    )


def _write_organisation(tag: str) -> Callable[[Mapping[str, Any]], Element]:
    def write(f: Mapping[str, Any]) -> Element:
        element = _element(tag, ref=f.get("ref"), type=f.get("type"), role=f.get("role"))
        if tag == "reporting-org":  # the standard asks for its narrative, even an empty one
            etree.SubElement(element, "narrative").text = f.get("name") or None
            return element
        return _with_narrative(element, f.get("name"))

    return write


def _write_description(tag: str) -> Callable[[Mapping[str, Any]], Element]:
    def write(f: Mapping[str, Any]) -> Element:
        element = _element(tag, type=f.get("type"))
        etree.SubElement(element, "narrative").text = f.get("text") or None
        return element

    return write


def _write_date(f: Mapping[str, Any]) -> Element:
    return _element("activity-date", **{"type": f.get("type"), "iso-date": f.get("date")})


def _write_share(tag: str) -> Callable[[Mapping[str, Any]], Element]:
    def write(f: Mapping[str, Any]) -> Element:
        return _element(
            tag, vocabulary=f.get("vocabulary"), code=f.get("code"), percentage=_digits(f.get("percentage"))
        )

    return write


def _write_value(f: Mapping[str, Any]) -> Element:
    element = _element("value", **{"currency": f.get("currency"), "value-date": f.get("value_date")})
    element.text = _digits(f.get("value"))
    return element


def _write_budget(f: Mapping[str, Any]) -> Element:
    root = _element("budget", type=f.get("type"), status=f.get("status"))
    root.append(_element("period-start", **{"iso-date": f.get("start")}))
    root.append(_element("period-end", **{"iso-date": f.get("end")}))
    root.append(_write_value(f))
    return root


def _write_transaction(f: Mapping[str, Any]) -> Element:
    root = etree.Element("transaction")
    root.append(_element("transaction-type", code=f.get("type")))
    root.append(_element("transaction-date", **{"iso-date": f.get("date")}))
    root.append(_write_value(f))
    if f.get("description"):
        root.append(_with_narrative(etree.Element("description"), f["description"]))
    for side in ("provider", "receiver"):
        if f.get(side) or f.get(f"{side}_ref"):
            root.append(_with_narrative(_element(f"{side}-org", ref=f.get(f"{side}_ref")), f.get(side)))
    if f.get("flow_type"):
        root.append(_element("flow-type", code=f["flow_type"]))
    return root


def _narrative(element: Element | None) -> str:
    """The first narrative; further languages make the element be kept whole."""
    return "" if element is None else element.findtext("narrative") or ""


def _with_narrative(element: Element, text: str | None) -> Element:
    if text:
        etree.SubElement(element, "narrative").text = text
    return element


def _attribute(element: Element, child: str, name: str) -> str | None:
    found = element.find(child)
    return None if found is None else found.get(name)


def _element(tag: str, **attributes: str | None) -> Element:
    return etree.Element(tag, {k: v for k, v in attributes.items() if v})


def _text_element(tag: str, text: str) -> Element:
    element = etree.Element(tag)
    element.text = text
    return element


def _known(**fields: str | None) -> Fields:
    return {k: v for k, v in fields.items() if v}


def _digits(value: Any) -> str | None:
    """A number as the standard's decimal: every digit, no exponent."""
    if value is None or isinstance(value, str):
        return value
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)

_NARRATIVE = Shape(text=True)
_NAME = {"narrative": _NARRATIVE}
_NEEDED_NAME = {"narrative": Shape(text=True, empty=True)}
_DAY = Shape({"iso-date"})
_VALUE = Shape({"currency", "value-date"}, text=True)
_SIDE = Shape({"ref"}, _NAME)

SHAPES = {
    "reporting-org": Shape({"ref", "type"}, _NEEDED_NAME),
    "title": Shape(set(), _NEEDED_NAME),
    "description": Shape({"type"}, _NEEDED_NAME),
    "participating-org": Shape({"ref", "type", "role"}, _NAME),
    "activity-date": Shape({"type", "iso-date"}),
    "recipient-country": Shape({"code", "percentage"}),
    "sector": Shape({"code", "vocabulary", "percentage"}),
    "budget": Shape({"type", "status"}, {"period-start": _DAY, "period-end": _DAY, "value": _VALUE}),
    "transaction": Shape(
        set(),
        {
            "transaction-type": Shape({"code"}),
            "transaction-date": _DAY,
            "value": _VALUE,
            "description": Shape(set(), _NAME),
            "provider-org": _SIDE,
            "receiver-org": _SIDE,
            "flow-type": Shape({"code"}),
        },
    ),
}
"""What the fields of each part hold; an element that says more is kept whole."""

SINGLES = {"reporting-org": "reporting_org", "title": "title"}
LISTS = {
    "description": "descriptions",
    "participating-org": "organisations",
    "activity-date": "dates",
    "recipient-country": "countries",
    "sector": "sectors",
    "budget": "budgets",
    "transaction": "transactions",
}
READERS: dict[str, Callable[[Element], Fields]] = {
    "reporting-org": _organisation,
    "title": _description,
    "description": _description,
    "participating-org": _organisation,
    "activity-date": _date,
    "recipient-country": _share,
    "sector": _sector,
    "budget": _budget,
    "transaction": _transaction,
}
WRITERS: dict[str, Callable[[Mapping[str, Any]], Element]] = {
    "reporting-org": _write_organisation("reporting-org"),
    "title": _write_description("title"),
    "description": _write_description("description"),
    "participating-org": _write_organisation("participating-org"),
    "activity-date": _write_date,
    "recipient-country": _write_share("recipient-country"),
    "sector": _write_share("sector"),
    "budget": _write_budget,
    "transaction": _write_transaction,
}
