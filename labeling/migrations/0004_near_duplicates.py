import django.db.models.deletion
from django.db import migrations, models

# The four bands of a hash's 64 bits, each with its number and its project before it; and these again with every other
# value that differs in one bit. Two hashes six bits apart share one of the first with one of the second.
# Brackets, for PostgreSQL gives all of these operators one precedence.
BANDS = """CREATE FUNCTION labeling_bands(project bigint, hash bigint) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT ARRAY[(project << 18) | (hash & 65535), (project << 18) | 65536 | ((hash >> 16) & 65535),
        (project << 18) | 131072 | ((hash >> 32) & 65535), (project << 18) | 196608 | ((hash >> 48) & 65535)]'"""
NEAR_BANDS = """CREATE FUNCTION labeling_near_bands(project bigint, hash bigint) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT array_agg(band # flip) FROM unnest(labeling_bands(project, hash)) band,
        unnest(ARRAY[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]::bigint[]) flip'"""
# Each write goes into the index at once: what waited in its list would be read through at every look.
INDEX = """CREATE INDEX image_by_bands ON labeling_image
    USING gin (labeling_bands(project_id, perceptual_hash)) WITH (fastupdate = off) WHERE perceptual_hash IS NOT NULL"""
MARKS = """UPDATE labeling_image marked SET near_duplicate_of_id = found.id FROM (
        SELECT i.id AS image, (SELECT o.id FROM labeling_image o
            WHERE labeling_bands(o.project_id, o.perceptual_hash) && labeling_near_bands(i.project_id, i.perceptual_hash)
            AND o.perceptual_hash IS NOT NULL AND o.project_id = i.project_id AND o.id <> i.id AND o.deleted_at IS NULL
            AND bit_count((o.perceptual_hash # i.perceptual_hash)::bit(64)) <= 6 LIMIT 1) AS id
        FROM labeling_image i WHERE i.perceptual_hash IS NOT NULL
    ) found WHERE marked.id = found.image AND found.id IS NOT NULL"""


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0003_fewer_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='near_duplicate_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='labeling.image'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('near_duplicate_of__isnull', False)), fields=['near_duplicate_of'], name='image_by_near_duplicate'),
        ),
        migrations.RunSQL(BANDS, 'DROP FUNCTION labeling_bands(bigint, bigint)'),
        migrations.RunSQL(NEAR_BANDS, 'DROP FUNCTION labeling_near_bands(bigint, bigint)'),
        migrations.RunSQL(INDEX, 'DROP INDEX image_by_bands'),
        migrations.RunSQL([MARKS, 'SET CONSTRAINTS ALL IMMEDIATE'], migrations.RunSQL.noop),
    ]
