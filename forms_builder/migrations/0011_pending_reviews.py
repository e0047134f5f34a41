"""Forms that wait for their reviewer when steps come in keep the one step they had: their own department's."""

from django.db import migrations

ONE_STEP = """
INSERT INTO release_reviewstep (version_id, code, name, position, action, needed, days)
    SELECT s.current_version_id, 'review', '审核', 1, 'item_forms.approve', 1, 5
    FROM release_subject s WHERE s.kind = 'item_form' AND s.state = 'submitted';
INSERT INTO release_reviewparty (step_id, division_id, department_id, state, due_on, digest, note)
    SELECT r.id, s.division_id, i.department_id, 'open', current_date + r.days, '', ''
    FROM release_reviewstep r JOIN release_subject s ON s.current_version_id = r.version_id
    JOIN forms_builder_itemform f ON f.subject_id = s.id JOIN catalog_serviceitem i ON i.id = f.item_id;
"""


class Migration(migrations.Migration):
    dependencies = [("forms_builder", "0010_material_moves"), ("release", "0006_review_guards")]
    operations = [migrations.RunSQL(ONE_STEP, migrations.RunSQL.noop)]
