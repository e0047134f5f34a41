"""The seven real forms merged by the meanings that docs/checklists/seven-forms.md records."""

import json

from forms_builder.exchange.reading import read_schema
from forms_builder.exchange.tests.test_json_schema import FORMS
from forms_builder.merge.constraints import check_value
from forms_builder.merge.form import Contribution, merge_form

DOCUMENTS = {path.name.split(".")[0]: read_schema(json.loads(path.read_text())).document for path in FORMS}

# Meaning → form → field, by hand. Fields of one name and two meanings (a cookie's name, a publisher's) stay apart.
MEANINGS: dict[str, dict[str, str]] = {
    "email": {
        "resume": "basics.email", "uk-service-user": "emailAddress", "us-open-data": "mbox", "de-person": "email",
    },
    "phone": {"resume": "basics.phone", "uk-service-user": "telephoneNumber"},
    "website": {"resume": "basics.url", "uk-service-user": "webAddress"},
    "given name": {"uk-service-user": "firstName", "de-person": "givenName"},
    "family name": {"uk-service-user": "lastName", "de-person": "familyName"},
    "full name": {"resume": "basics.name", "de-person": "fullName"},
    "address": {"resume": "basics.location.address", "uk-service-user": "addressLine1"},
    "postcode": {"resume": "basics.location.postalCode", "uk-service-user": "postcode"},
    "town": {"resume": "basics.location.city", "uk-service-user": "addressTown"},
    "region": {"resume": "basics.location.region", "uk-service-user": "addressCounty"},
    "country": {"resume": "basics.location.countryCode", "uk-service-user": "addressCountry"},
    "publisher": {"datacite": "publisher.name", "us-open-data": "publisher"},
    "title": {"datacite": "titles", "us-open-data": "title"},
    "language": {"datacite": "language", "us-open-data": "language"},
    "landing page": {"datacite": "url", "us-open-data": "landingPage"},
    "identifier": {"datacite": "doi", "us-open-data": "identifier"},
}  # fmt: skip
NARROWINGS = {"identifier"}  # a DOI here, any text there
CONFLICTS = {"email", "given name", "family name", "full name", "title", "language"}  # one text here, several there


def test_the_merge_of_the_seven_tells_the_conflicts_that_were_looked_at() -> None:
    fields = {(form, field.code): field for form, document in DOCUMENTS.items() for field in document.fields}
    contributions = [
        Contribution(form, fields.pop((form, code)), meaning)
        for meaning, uses in MEANINGS.items()
        for form, code in uses.items()
    ]
    apart = [Contribution(form, field, f"{form}.{field.code}") for (form, _), field in fields.items()]
    merged = merge_form([*contributions, *apart], dictionaries={})
    assert len(merged.fields) == len(MEANINGS) + len(apart)
    found = [finding for finding in merged.findings() if finding.severity == "conflict"]
    assert {finding.key for finding in found} == CONFLICTS
    for finding in found:
        field = merged.field(finding.key)
        assert field is not None
        own = {source.item: source.own for source in field.sources}
        assert all(not check_value(own[item], finding.witness) for item in finding.accepts)
        assert all(check_value(own[item], finding.witness) for item in finding.refuses)
    assert {finding.key for finding in merged.findings() if finding.severity == "narrowing"} == NARROWINGS
