"""Whoever wrote a draft that a version takes, before a second person approved it, is one of the version's authors."""

from django.db import migrations

# What a version takes stands in its content under `revisions`: "<kind>:<code>" → revision of that subject's draft.
VERSION_NAMES_WHOM_IT_TAKES_FROM = """
CREATE FUNCTION release_version_names_whom_it_takes_from() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken jsonb;
    former jsonb;
    missing bigint;
BEGIN
    BEGIN
        taken := convert_from(NEW.content, 'UTF8')::jsonb -> 'revisions';
    EXCEPTION WHEN data_exception OR character_not_in_repertoire THEN
        RETURN NEW;
    END;
    IF jsonb_typeof(taken) IS DISTINCT FROM 'object' THEN
        RETURN NEW;
    END IF;
    SELECT convert_from(v.content, 'UTF8')::jsonb -> 'revisions' INTO former FROM release_version v
        WHERE v.subject_id = NEW.subject_id
          AND EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'approved')
          AND NOT EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'voided')
        ORDER BY v.number DESC LIMIT 1;
    SELECT r.saved_by_id INTO missing
        FROM jsonb_each_text(taken) AS t(key, revision)
        JOIN release_subject s
            ON s.kind = split_part(t.key, ':', 1) AND s.code = substr(t.key, strpos(t.key, ':') + 1)
        JOIN release_draftrevision r ON r.subject_id = s.id AND r.revision <= t.revision::integer
        WHERE r.revision > coalesce((former ->> t.key)::integer, 0)
          AND r.revision > (
              SELECT coalesce(max(v.draft_revision), 0) FROM release_version v
              WHERE v.subject_id = s.id AND v.draft_revision <= t.revision::integer
                AND EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'approved')
                AND NOT EXISTS (SELECT 1 FROM release_decision d WHERE d.version_id = v.id AND d.kind = 'voided')
          )
          AND NOT r.saved_by_id = ANY (NEW.author_ids)
        LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'user % wrote what the version takes and is missing among the authors', missing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_version_names_whom_it_takes_from BEFORE INSERT ON release_version
    FOR EACH ROW EXECUTE FUNCTION release_version_names_whom_it_takes_from();
"""


class Migration(migrations.Migration):
    dependencies = [("release", "0003_longer_codes")]
    operations = [
        migrations.RunSQL(
            VERSION_NAMES_WHOM_IT_TAKES_FROM, "DROP FUNCTION release_version_names_whom_it_takes_from() CASCADE"
        ),
    ]
