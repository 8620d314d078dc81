"""Imports of archives and tables, as jobs.

The file is read to its end before anything is brought, so that what is wrong with all of it is said first. Then its
images come a few at a time, each batch with its labels. The next attempt, after a lost worker or when somebody
resumes the job, goes on behind the last batch that was written down; one that is brought twice changes nothing.
"""

from __future__ import annotations

import time
from pathlib import Path

from django.db import transaction

from labeling.archives import Archive, BadArchive, archive_opened, is_archive
from labeling.errors import StorageFull
from labeling.formats.items import BadFormat, Item
from labeling.formats.reading import Plan, plan_of_archive, plan_of_file
from labeling.models import ImportFile, Job, Project, User
from labeling.services.categories import category_today
from labeling.services.fetch import without_credentials
from labeling.services.importbatches import Batch, Tally, batches
from labeling.services.importfiles import importfile_opened
from labeling.services.jobs import (
    BROUGHT_WAS_KEPT,
    MAX_ERRORS,
    Cancelled,
    JobFailed,
    JobRun,
    job_create,
    room_or_failed,
)
from labeling.services.projects import project_update

REPORT_SECONDS = 2.0  # the result grows to a megabyte, too much to write after every batch
MOST_CATEGORIES = 1000
PLACES = 5  # of missing categories, which are told


def import_archive(
    *, project: Project, by: User, file: ImportFile, format: str = "", create_categories: bool = False,
    replace: bool = False, group: str = "", control: str = "",
) -> Job:  # fmt: skip
    """A job that brings an archive's images with what it says of them, or what a table says of images that are there.

    `control` is the one of Label Studio's Choices that gives the category (of its RectangleLabels, BrushLabels: the boxes,
    the matte), where its config has several.
    """
    return job_create(
        project=project, kind=Job.Kind.IMPORT, task="labeling.tasks.imports.import_archive_run", queue="default", by=by,
        params={
            "file": file.pk, "name": file.name, "format": format, "create_categories": create_categories, "replace": replace,
            "group": group, "control": control,
        },
    )  # fmt: skip


def import_archive_run(*, run: JobRun) -> None:
    params = run.job.params
    try:
        with room_or_failed(BROUGHT_WAS_KEPT), importfile_opened(pk=params["file"]) as path:
            if is_archive(path):
                with archive_opened(path) as archive:
                    _run(run, archive, path)
            else:
                _run(run, None, path)
    except (BadArchive, BadFormat) as error:
        raise JobFailed(str(error)) from error


def _run(run: JobRun, archive: Archive | None, path: Path) -> None:
    project, params = run.job.project, run.job.params
    tally = Tally(**run.job.result) if run.job.result else Tally()
    categories = [category.name for category in project.categories.all()]
    control = params.get("control", "")  # jobs of before have none
    if archive:
        # What an earlier attempt found out stands, though it may have made the categories.
        format = tally.format if tally.format not in ("", "images") else params["format"]
        plan = plan_of_archive(
            archive, format, categories, params["create_categories"], control, project.kind
        )
    else:
        plan = plan_of_file(path, params["format"], categories, control, project.kind)
    if not (plan.items or plan.refused):
        raise JobFailed("There is no image in this: JPEG, PNG and WebP are taken.")
    if not tally.format:
        _begin(run, plan, tally, categories)
    digest = ImportFile.objects.values_list("sha256", flat=True).get(pk=params["file"])
    done, reported = run.job.done, time.monotonic()
    run.progress(done, total=len(plan.items), result=vars(tally))
    try:
        for batch in batches(map(_clean, plan.items.read(done))):
            run.check_cancelled()
            Batch(run, archive, plan.format, digest, tally).bring(batch)
            done += len(batch)
            if time.monotonic() - reported > REPORT_SECONDS:
                run.progress(done, result=vars(tally))
                reported = time.monotonic()
    except (Cancelled, StorageFull, OSError):
        run.progress(done, result=vars(tally))
        raise
    run.progress(done, result=vars(tally))


def _clean(item: Item) -> Item:
    """Every member can read a job: see import_urls."""
    item.url = without_credentials(item.url)
    web = item.source_url.lower().startswith(("http://", "https://"))
    item.source_url = without_credentials(item.source_url) if web else ""
    return item


def _begin(run: JobRun, plan: Plan, tally: Tally, categories: list[str]) -> None:
    """What is said once: of the file as a whole, and of what in it is not taken."""
    said = plan.items.names
    if said.keys() - set(categories):  # what is said of images that are not taken alone counts for nothing
        said = {}
        for item in plan.items.read():
            for name, at in ({} if item.bad() else item.categories).items():
                said.setdefault(name, at)
    names = {
        label: category_today(project_id=run.job.project_id, categories=categories, name=label)
        for label in said
    }
    if unknown := [label for label in said if names[label] is None]:
        if not run.job.params["create_categories"]:
            shown = [f"{name} ({said[name]})" for name in unknown[:PLACES]] + unknown[PLACES:20]
            more = f" and {len(unknown) - 20} more" if len(unknown) > 20 else ""
            raise JobFailed(
                f"The project has no category {', '.join(shown)}{more}: add them, or have the import make them."
            )
        _make_categories(run.job.project, run.job.created_by, unknown)
    tally.format, tally.categories, tally.notes = plan.format, unknown, plan.notes
    tally.notes += [f"{was} is called {now} by now." for was, now in names.items() if now not in (None, was)]
    if plan.predictions:
        tally.notes.append(
            f"{plan.predictions:,} predictions were left out: no model of this project made them."
        )
    for name, reason in plan.refused:
        tally.reject(name, reason)
        if len(run.job.errors) < MAX_ERRORS:
            run.error(name, reason)


def _make_categories(project: Project, by: User | None, names: list[str]) -> None:
    with transaction.atomic():
        Project.objects.lock(pk=project.pk)
        there = [{"id": one.pk, "name": one.name, "hotkey": one.hotkey} for one in project.categories.all()]
        known = {str(one["name"]) for one in there}
        keys = {str(one["hotkey"]) for one in there}
        for name in names:
            if name not in known:
                key = next((str(digit) for digit in range(1, 10) if str(digit) not in keys), "")
                keys.add(key)
                there.append({"name": name, "hotkey": key})
        if len(there) > MOST_CATEGORIES:
            raise JobFailed(f"A project has at most {MOST_CATEGORIES:,} categories.")
        try:
            project_update(project=project, by=by, categories=there)
        except ValueError as error:
            raise JobFailed(str(error)) from error
