"""Two administrators who give each other a role at once do not wait for each other.

Keys of accounts never change, so a lock that lets references to the account pass is enough for two grants to one account
to see each other.
"""

from django.db import migrations

SEPARATION = """
CREATE OR REPLACE FUNCTION accounts_membership_separation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = NEW.user_id FOR %(lock)s;
    IF (
        SELECT bool_or(role.is_administration) AND count(DISTINCT role.id) > 1
        FROM accounts_membership AS held JOIN accounts_role AS role ON role.id = held.role_id
        WHERE held.user_id = NEW.user_id
    ) THEN
        RAISE EXCEPTION 'separation of duties: account %% would hold an administration and another role', NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_separation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_reset_awaits_confirmation")]
    operations = [
        migrations.RunSQL(SEPARATION % {"lock": "NO KEY UPDATE"}, SEPARATION % {"lock": "UPDATE"}),
    ]
