"""The database holds of pauses, plans and periods what no channel may bypass."""

import django.contrib.postgres.constraints
from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from opsplatform.kernel.append_only import no_delete

# What a release says when it begins stays for ever, whichever columns that will be; only its end is written once.
ENDS_ONCE = """
CREATE OR REPLACE FUNCTION release_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written_at_the_end text[] := ARRAY['ended_at', 'ended_by_id', 'ending', 'end_note', 'end_public_note', 'successor_id'];
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR to_jsonb(NEW) - written_at_the_end IS DISTINCT FROM to_jsonb(OLD) - written_at_the_end
    THEN
        RAISE EXCEPTION 'a release is ended once and otherwise never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

SAYS_WHY_IN_PUBLIC = """
CREATE FUNCTION release_says_why_in_public() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.public_note = '' THEN
        RAISE EXCEPTION 'a release says in public why it is on show' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.effective_until <= NEW.released_at THEN
        RAISE EXCEPTION 'a release ends after it began' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_says_why_in_public BEFORE INSERT ON release_release
    FOR EACH ROW EXECUTE FUNCTION release_says_why_in_public();
"""

PAUSE_ENDS_ONCE = """
CREATE FUNCTION release_pause_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written_at_the_end text[] := ARRAY['resumed_at', 'resumed_by_id', 'resume_note'];
BEGIN
    IF OLD.resumed_at IS NOT NULL OR NEW.resumed_at IS NULL
        OR to_jsonb(NEW) - written_at_the_end IS DISTINCT FROM to_jsonb(OLD) - written_at_the_end
    THEN
        RAISE EXCEPTION 'a pause is ended once and otherwise never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_pause_ends_once BEFORE UPDATE ON release_pause
    FOR EACH ROW EXECUTE FUNCTION release_pause_ends_once();
"""

WHAT_RAN_STAYS = """
CREATE FUNCTION release_stage_that_ran_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('done', 'rolled_back') AND (TG_OP = 'DELETE' OR NEW.state NOT IN ('done', 'rolled_back')
        OR to_jsonb(NEW) - ARRAY['state', 'settled_by_id', 'settled_at']
           IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'settled_by_id', 'settled_at'])
    THEN
        RAISE EXCEPTION 'a stage that ran is rolled back at most' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER release_stage_that_ran_stays BEFORE UPDATE OR DELETE ON release_planstage
    FOR EACH ROW EXECUTE FUNCTION release_stage_that_ran_stays();

CREATE FUNCTION release_element_is_planned_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.release_id IS NOT NULL
        OR to_jsonb(NEW) - ARRAY['release_id', 'period'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['release_id', 'period'])
    THEN
        RAISE EXCEPTION 'what was planned is released or planned anew, never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.release_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM release_release r WHERE r.id = NEW.release_id AND r.subject_id = NEW.subject_id
           AND r.version_id = NEW.version_id AND r.division_id = NEW.division_id
    ) THEN
        RAISE EXCEPTION 'the release is not the one that was planned' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_element_is_planned_once BEFORE INSERT OR UPDATE ON release_planelement
    FOR EACH ROW EXECUTE FUNCTION release_element_is_planned_once();
"""


def _guard(sql: str, *functions: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, "; ".join(f"DROP FUNCTION {name}() CASCADE" for name in functions))


class Migration(migrations.Migration):
    dependencies = [("release", "0007_plans_and_pauses")]
    operations = [
        ValidateConstraint("release", "release_leads_somewhere_else"),
        migrations.AddConstraint(
            "release",
            django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (models.Func(models.F("subject"), models.F("subject"), models.Value("[]"), function="int8range"), "&&"),
                    (models.Func(models.F("division"), models.F("division"), models.Value("[]"), function="int8range"), "&&"),
                    (models.Func(models.F("released_at"), models.F("ended_at"), function="tstzrange"), "&&"),
                ],
                name="release_periods_apart",
            ),
        ),
        migrations.RunSQL(ENDS_ONCE, migrations.RunSQL.noop),
        _guard(SAYS_WHY_IN_PUBLIC, "release_says_why_in_public"),
        *no_delete("release_pause"),
        *no_delete("release_releaseplan"),
        _guard(PAUSE_ENDS_ONCE, "release_pause_ends_once"),
        _guard(WHAT_RAN_STAYS, "release_stage_that_ran_stays", "release_element_is_planned_once"),
    ]
