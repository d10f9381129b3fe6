from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0002_roles'),
    ]

    operations = [
        migrations.RenameField(
            model_name='shareddraft',
            old_name='key',
            new_name='digest',
        ),
        migrations.AlterField(
            model_name='shareddraft',
            name='digest',
            field=models.CharField(editable=False, max_length=64, unique=True),
        ),
        migrations.AddField(
            model_name='revision',
            name='through',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='remarks', to='desk.shareddraft', verbose_name='through the link'),
        ),
    ]
