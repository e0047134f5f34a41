"""The database itself keeps the three administrations apart (三员分立, domain.md §5)."""

from django.db import migrations

SEPARATION = """
CREATE FUNCTION accounts_membership_separation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = NEW.user_id FOR UPDATE;
    IF (
        SELECT bool_or(role.is_administration) AND count(DISTINCT role.id) > 1
        FROM accounts_membership AS held JOIN accounts_role AS role ON role.id = held.role_id
        WHERE held.user_id = NEW.user_id
    ) THEN
        RAISE EXCEPTION 'separation of duties: account % would hold an administration and another role', NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_separation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_membership_separation AFTER INSERT OR UPDATE ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_membership_separation();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_machine_clients")]
    operations = [migrations.RunSQL(SEPARATION, "DROP FUNCTION accounts_membership_separation() CASCADE")]
