import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("labeling", "0018_sorted_lists"),
    ]

    operations = [
        migrations.AlterField(
            model_name="project",
            name="kind",
            field=models.CharField(
                choices=[("classification", "Classification"), ("detection", "Detection")],
                default="classification",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="queueitem",
            name="categories",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100),
                db_default=models.Value("{}"),
                default=list,
                size=None,
            ),
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("categories", []), _negated=True),
                fields=["categories"],
                name="queue_categories",
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="sampling",
            field=models.CharField(
                choices=[
                    ("sequential", "Sequential"),
                    ("random", "Random"),
                    ("uncertainty", "Uncertain"),
                    ("diverse", "Diverse"),
                ],
                default="sequential",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="queueitem",
            name="rank",
            field=models.IntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(
                condition=models.Q(("slots__gt", 0)),
                fields=["project", "rank", "position"],
                name="queue_diverse",
            ),
        ),
    ]
