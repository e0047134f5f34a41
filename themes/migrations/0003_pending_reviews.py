"""Versions that wait for their reviewer when steps come in keep the one step they had: their lead department's."""

from django.db import migrations

ONE_STEP = """
INSERT INTO release_reviewstep (version_id, code, name, position, action, needed, days)
    SELECT s.current_version_id, 'lead', '牵头部门审核', 1, 'themes.approve', 1, 5
    FROM release_subject s WHERE s.kind = 'theme' AND s.state = 'submitted';
INSERT INTO release_reviewparty (step_id, division_id, department_id, state, due_on, digest, note)
    SELECT r.id, s.division_id, t.lead_department_id, 'open', current_date + r.days, '', ''
    FROM release_reviewstep r JOIN release_subject s ON s.current_version_id = r.version_id
    JOIN themes_theme t ON t.subject_id = s.id;
"""


class Migration(migrations.Migration):
    dependencies = [("themes", "0002_scene_categories_end"), ("release", "0006_review_guards")]
    operations = [migrations.RunSQL(ONE_STEP, migrations.RunSQL.noop)]
