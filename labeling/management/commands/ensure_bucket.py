import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Make the S3 bucket where it is missing, waiting a minute for the storage; nothing without S3."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            return
        client = default_storage.connection.meta.client  # type: ignore[attr-defined]
        end = time.monotonic() + 60
        while True:
            try:
                return self._ensure(client, settings.S3_BUCKET)
            except BotoCoreError as error:  # it does not answer yet
                if time.monotonic() > end:
                    raise CommandError(f"The storage does not answer: {error}") from error
                time.sleep(1)

    def _ensure(self, client: Any, bucket: str) -> None:
        try:
            client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise CommandError(f"The bucket {bucket} cannot be used: {error}") from error
            region = client.meta.region_name
            where = (
                {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            )
            client.create_bucket(Bucket=bucket, **where)
            self.stdout.write(f"Made the bucket {bucket}.")
