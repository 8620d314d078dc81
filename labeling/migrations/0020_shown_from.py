from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("labeling", "0019_detection"),
    ]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="shown_from",
            field=models.FloatField(null=True),
        ),
    ]
