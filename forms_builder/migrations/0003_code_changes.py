import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from opsplatform.kernel.append_only import no_delete


class Migration(migrations.Migration):

    dependencies = [
        ('forms_builder', '0002_codes_stay'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=300)),
                ('label', models.CharField(max_length=500)),
                ('carrier', models.CharField(max_length=240)),
                ('carries', models.CharField(blank=True, max_length=240)),
                ('codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('takes_several', models.BooleanField(default=False)),
                ('may_end', models.BooleanField(default=False)),
                ('ends_on', models.DateField(null=True)),
            ],
            options={
                'verbose_name': '代码使用处',
                'verbose_name_plural': '代码使用处',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Crosswalk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='创建时间')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='更新时间')),
                ('revision', models.PositiveIntegerField(default=1, editable=False, verbose_name='修订号')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='代码')),
                ('name', models.CharField(max_length=100, verbose_name='名称')),
                ('partner', models.CharField(blank=True, help_text='留空表示适用于所有对接方', max_length=100, verbose_name='对接方')),
                ('note', models.TextField(blank=True, verbose_name='备注')),
            ],
            options={
                'verbose_name': '代码对照',
                'verbose_name_plural': '代码对照',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='CrosswalkMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveIntegerField(default=0, verbose_name='次序')),
                ('from_code', models.CharField(max_length=40, verbose_name='来源代码')),
                ('to_code', models.CharField(max_length=40, verbose_name='目标代码')),
                ('relation', models.CharField(choices=[('same', '相同'), ('narrower', '来源较窄'), ('broader', '来源较宽'), ('close', '近似')], default='same', max_length=8, verbose_name='关系')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='启用日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期')),
            ],
            options={
                'verbose_name': '对照关系',
                'verbose_name_plural': '对照关系',
                'ordering': ['crosswalk_id', 'order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='名称')),
                ('until', models.DateField(verbose_name='用到')),
            ],
            options={
                'verbose_name': '字典项曾用名',
                'verbose_name_plural': '字典项曾用名',
                'ordering': ['entry_id', 'until'],
            },
        ),
        migrations.CreateModel(
            name='IndexedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200)),
                ('stamp', models.BigIntegerField()),
            ],
            options={
                'verbose_name': '已索引的文档',
                'verbose_name_plural': '已索引的文档',
            },
        ),
        migrations.AddField(
            model_name='dictionary',
            name='is_below_divisions',
            field=models.BooleanField(db_default=False, default=False, help_text='上级代码是区划代码，如街道属于区', verbose_name='上级为区划'),
        ),
        migrations.AddField(
            model_name='dictionary',
            name='parent_dictionary',
            field=models.ForeignKey(blank=True, help_text='上级代码取自另一字典时选择；留空则取自本字典', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dependants', to='forms_builder.dictionary', verbose_name='上级字典'),
        ),
        migrations.AddField(
            model_name='dictionaryentry',
            name='successors',
            field=models.ManyToManyField(blank=True, related_name='predecessors', to='forms_builder.dictionaryentry', verbose_name='改用'),
        ),
        migrations.AddConstraint(
            model_name='dictionary',
            constraint=models.CheckConstraint(condition=models.Q(('parent_dictionary__isnull', True), ('is_below_divisions', False), _connector='OR'), name='dictionary_one_parent', violation_error_message='上级要么是另一字典，要么是区划。'),
        ),
        migrations.AddField(
            model_name='crosswalk',
            name='from_dictionary',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='crosswalks_from', to='forms_builder.dictionary', verbose_name='来源字典'),
        ),
        migrations.AddField(
            model_name='crosswalk',
            name='to_dictionary',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='crosswalks_to', to='forms_builder.dictionary', verbose_name='目标字典'),
        ),
        migrations.AddField(
            model_name='crosswalkmapping',
            name='crosswalk',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mappings', to='forms_builder.crosswalk', verbose_name='代码对照'),
        ),
        migrations.AddField(
            model_name='formername',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_names', to='forms_builder.dictionaryentry', verbose_name='字典项'),
        ),
        migrations.AddConstraint(
            model_name='indexeddocument',
            constraint=models.UniqueConstraint(fields=('source', 'key'), name='indexed_document_once'),
        ),
        migrations.AddField(
            model_name='codeuse',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='forms_builder.indexeddocument'),
        ),
        migrations.AddConstraint(
            model_name='formername',
            constraint=models.UniqueConstraint(fields=('entry', 'until'), name='former_name_once'),
        ),
        migrations.AddIndex(
            model_name='codeuse',
            index=models.Index(fields=['carrier'], name='code_use_carrier'),
        ),
        *no_delete("forms_builder_formername"),
    ]
