from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0015_bulk_index'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['project', 'image'], name='comments_of_a_project'),
        ),
    ]
