from django.db import migrations, models


def count(apps, schema_editor):
    """Until now every image had one label."""
    snapshots = apps.get_model("training", "Snapshot")
    for snapshot in snapshots.objects.all():
        snapshot.images = {split: sum(counts.values()) for split, counts in snapshot.splits.items()}
        snapshot.save(update_fields=["images"])


class Migration(migrations.Migration):

    dependencies = [
        ("training", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="images",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
