"""Packages and releases name the approved localisation in them; the database holds that it is approved and theirs."""

import django.db.models.deletion
from django.db import migrations, models

# The code of a localisation's subject is "<code of what it localises>@<code of the division>".
LOCALISATION_IS_APPROVED = """
CREATE FUNCTION release_localisation_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.localisation_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM release_decision d JOIN release_version v ON v.id = d.version_id
        WHERE v.id = NEW.localisation_id AND d.kind = 'approved' AND d.digest = v.digest
    ) OR EXISTS (
        SELECT 1 FROM release_decision d WHERE d.version_id = NEW.localisation_id AND d.kind = 'voided'
    ) THEN
        RAISE EXCEPTION 'only an approved localisation is published' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM release_version l
            JOIN release_subject s ON s.id = l.subject_id AND s.kind = 'localisation'
            JOIN release_version v ON v.id = NEW.version_id
            JOIN release_subject t ON t.id = v.subject_id
            JOIN organizations_division d ON d.id = NEW.division_id
        WHERE l.id = NEW.localisation_id AND s.code = t.code || '@' || d.code AND s.division_id = d.id
    ) THEN
        RAISE EXCEPTION 'the localisation is of another theme or division' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_localisation_is_approved BEFORE INSERT ON release_package
    FOR EACH ROW EXECUTE FUNCTION release_localisation_is_approved();
CREATE TRIGGER release_localisation_is_approved BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_localisation_is_approved();
"""

LOCALISATION_IS_IN_THE_PACKAGE = """
CREATE FUNCTION release_localisation_is_in_the_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.localisation_id IS DISTINCT FROM
        (SELECT p.localisation_id FROM release_package p WHERE p.digest = NEW.package_id)
    THEN
        RAISE EXCEPTION 'the package is not of this localisation' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_localisation_is_in_the_package BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_localisation_is_in_the_package();
"""


def _guard(sql, function):
    return migrations.RunSQL(sql, f"DROP FUNCTION {function}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("release", "0008_plan_guards")]
    operations = [
        migrations.AddField(
            model_name="package",
            name="localisation",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="release.version", verbose_name="本地化版本"),
        ),
        migrations.AddField(
            model_name="release",
            name="localisation",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="localised_releases", to="release.version", verbose_name="本地化版本"),
        ),
        _guard(LOCALISATION_IS_APPROVED, "release_localisation_is_approved"),
        _guard(LOCALISATION_IS_IN_THE_PACKAGE, "release_localisation_is_in_the_package"),
    ]
