"""Localisations that go on show with a plan of the city."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0002_responsible_departments'),
        ('release', '0010_packages_once_localised'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JoinedLocalisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='加入时间')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.division', verbose_name='区划')),
                ('joined_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='加入人')),
                ('localisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='release.version', verbose_name='本地化版本')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='joined', to='release.releaseplan', verbose_name='发布计划')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='release.subject', verbose_name='发布对象')),
            ],
            options={
                'verbose_name': '随计划上线的本地化',
                'verbose_name_plural': '随计划上线的本地化',
                'ordering': ['plan_id', 'subject__code', 'division__code'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'subject', 'division'), name='joined_once')],
            },
        ),
    ]
