"""The feed has its head, and the database itself holds that it only grows at its end."""

from django.db import migrations

from opsplatform.kernel.append_only import no_delete

STAMPED_ONCE = """
CREATE FUNCTION feed_event_stamped_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NOT NULL OR NEW.position IS NULL
        OR to_jsonb(NEW) - 'position' - 'stamped_at' <> to_jsonb(OLD) - 'position' - 'stamped_at'
    THEN
        RAISE EXCEPTION 'an event is given its position once and otherwise never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.position <= (SELECT h.position FROM feed_head h) THEN
        RAISE EXCEPTION 'a position lies after the head of the feed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER feed_event_stamped_once BEFORE UPDATE ON feed_event
    FOR EACH ROW EXECUTE FUNCTION feed_event_stamped_once();
"""

ANNOUNCED_WITHOUT_POSITION = """
CREATE FUNCTION feed_event_announced_without_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position IS NOT NULL THEN
        RAISE EXCEPTION 'an event is announced without a position' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER feed_event_announced_without_position BEFORE INSERT ON feed_event
    FOR EACH ROW EXECUTE FUNCTION feed_event_announced_without_position();
"""

LATEST_STAYS = """
CREATE FUNCTION feed_event_latest_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM feed_event later
        WHERE later.kind = OLD.kind AND later.code = OLD.code AND later.division_code = OLD.division_code
          AND later.position > OLD.position
    ) THEN
        RAISE EXCEPTION 'the latest event of an object is kept' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER feed_event_latest_stays BEFORE DELETE ON feed_event
    FOR EACH ROW EXECUTE FUNCTION feed_event_latest_stays();
"""

HEAD_GOES_FORWARD = """
CREATE FUNCTION feed_head_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position < OLD.position OR NEW.compacted_to < OLD.compacted_to THEN
        RAISE EXCEPTION 'the head of the feed does not go back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER feed_head_goes_forward BEFORE UPDATE ON feed_head
    FOR EACH ROW EXECUTE FUNCTION feed_head_goes_forward();
"""


def _guard(sql: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql, f"DROP FUNCTION {function}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("feed", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO feed_head (id, position, compacted_to, holder) VALUES (1, 0, 0, '')", "DELETE FROM feed_head"
        ),
        *no_delete("feed_head"),
        _guard(STAMPED_ONCE, "feed_event_stamped_once"),
        _guard(ANNOUNCED_WITHOUT_POSITION, "feed_event_announced_without_position"),
        _guard(LATEST_STAYS, "feed_event_latest_stays"),
        _guard(HEAD_GOES_FORWARD, "feed_head_goes_forward"),
    ]
