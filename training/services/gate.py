"""The gate: a version goes into production when it is not worse than the present one on today's held-out images."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from inference.models import ModelVersion, Prediction
from inference.services.names import result_today
from inference.services.versions import generator_in_production, production_version, version_set_production
from labeling.errors import Conflict
from labeling.lookups import among
from labeling.models import Image, Job, Project, User
from labeling.services.jobs import JobRun, job_create
from labeling.services.splits import split_assign
from training.models import Promotion
from training.services.generators import generator_judge
from training.services.judging import JUDGES, Judge
from training.services.scoring import images_score
from training.services.truth import held_out
from vision.registry import GENERATORS, entry

TASK = "training.tasks.version_promote"
UNMEASURED = (
    "Nothing was measured, for no labeled image is held out yet: a rule that learned from no label may begin."
)
ROLL_BACK = "roll back"  # the reason by which the log knows one


def results_of(version: ModelVersion, ids: list[int]) -> list[dict[str, Any] | None]:
    """What the version has said of each image, in the names of today; None where it has said nothing or failed."""
    said = dict(
        Prediction.objects.filter(model_version=version, image_id__in=among(ids)).values_list(
            "image_id", "result"
        )
    )
    return [result_today(version, said.get(pk)) for pk in ids]


def category_names(version: ModelVersion) -> list[str]:
    return list(version.project.categories.values_list("name", flat=True))


def compare(*, a: ModelVersion, b: ModelVersion) -> dict[str, Any]:
    """Two versions on the held-out images that both have spoken of."""
    judge, (ids, truth) = JUDGES[a.project.kind], held_out(a.project)
    said = [dict(zip(ids, results_of(version, ids), strict=True)) for version in (a, b)]
    known = [judge.can_say(truth, list(answers.values())) for answers in said]
    both = [
        (pk, true)
        for pk, true, *can_say in zip(ids, truth, *known, strict=True)
        if all(can_say) and all(pk in _spoken(version, ids) for version in (a, b))
    ]
    truth = [true for _, true in both]
    first, second = ([answers[pk] for pk, _ in both] for answers in said)
    names = category_names(a)
    words = [judge.in_words(truth, results) for results in (first, second)]
    return {
        "a": a.pk, "b": b.pk, "count": len(both),
        "a_metrics": judge.report(truth, first, names), "b_metrics": judge.report(truth, second, names),
        "difference": {judge.metric: judge.difference(truth, first, second, names)},
        "images": [
            {"image": pk, "truth": true, "a": one, "b": other}
            for (pk, _), (true, one), (_, other) in zip(both, *words, strict=True) if one != other
        ],
    }  # fmt: skip


def _spoken(version: ModelVersion, ids: list[int]) -> set[int]:
    if not hasattr(version, "_spoken_of"):
        known = Prediction.objects.filter(model_version=version, image_id__in=among(ids)).values_list(
            "image_id", flat=True
        )
        version._spoken_of = set(known)  # type: ignore[attr-defined]
    return version._spoken_of  # type: ignore[attr-defined, no-any-return]


def measured(version: ModelVersion) -> dict[str, Any]:
    """The version's figures on today's held-out images."""
    ids, truth = held_out(version.project)
    return JUDGES[version.project.kind].report(truth, results_of(version, ids), category_names(version))


def gate_judge(*, candidate: ModelVersion, production: ModelVersion | None) -> dict[str, Any]:
    """{passed, reason, count, candidate, production, difference}; both must have spoken of the held-out images."""
    if candidate.model in GENERATORS:
        return generator_judge(candidate=candidate, production=production)
    judge, (ids, _) = JUDGES[candidate.project.kind], held_out(candidate.project)
    if not ids and production is None and not entry(candidate.model).trainer:
        return {**refusal(UNMEASURED), "passed": True}
    if not ids:
        return refusal("No labeled image is held out, so nothing can be measured.")
    if production is None:
        report = measured(candidate)
        mine, (chance, what) = report[judge.metric], judge.chance(report)
        reason = f"{judge.title} {mine:.3f} against {chance:.3f} {what}."
        return {
            "passed": judge.sign * (mine - chance) > 0, "reason": reason, "count": len(ids), "candidate": _short(judge, report),
            "production": None, "difference": None,
        }  # fmt: skip
    compared = compare(a=candidate, b=production)
    if not compared["count"]:  # no difference is no proof where nothing was compared
        return refusal("No held-out image has an answer of both versions.")
    difference = compared["difference"][judge.metric]
    figures = [compared[f"{side}_metrics"][judge.metric] for side in ("a", "b")]
    reason = (
        f"{judge.title} {figures[0]:.3f} against {figures[1]:.3f} of the version in production, on {compared['count']} held-out "
        f"images (difference {difference['value']:+.3f}, 95 % interval {difference['low']:+.3f} to {difference['high']:+.3f})."
    )
    return {
        "passed": judge.sign * difference["value"] >= 0, "reason": reason, "count": compared["count"],
        "candidate": _short(judge, compared["a_metrics"]), "production": _short(judge, compared["b_metrics"]),
        "difference": difference,
    }  # fmt: skip


def refusal(reason: str) -> dict[str, Any]:
    return {
        "passed": False, "reason": reason, "count": 0, "candidate": None, "production": None, "difference": None,
    }  # fmt: skip


def _short(judge: Judge, report: dict[str, Any]) -> dict[str, float]:
    return {name: report[name] for name in judge.short}


def promotion_start(*, version: ModelVersion, by: User, force: bool, reason: str) -> Job:
    """A job that scores, judges and promotes. Raises Conflict for what is in production already."""
    if version.stage == ModelVersion.Stage.PRODUCTION:
        raise Conflict("This version is in production already.")
    params = {"model_version": version.pk, "force": force, "reason": reason, "by": by.pk}
    return job_create(
        project=version.project, kind=Job.Kind.PROMOTION, task=TASK, queue="default", by=by, params=params
    )


def version_promote(*, run: JobRun) -> None:
    """The job's work. Its result is {promoted, gate}."""
    if run.job.result:  # an attempt before this one came to its end, and only died too early to say so
        return
    version = ModelVersion.objects.select_related("project").get(pk=run.job.params["model_version"])
    split_assign(project=version.project)
    while not _decide(run, version):
        run.log("Another version has come into production in the meantime: comparing with that one.")


def _decide(run: JobRun, version: ModelVersion) -> bool:
    """Score, judge, and promote. False when the version to compare with has changed while they were scored."""
    params = run.job.params
    production = rival_of(version)
    rival = production if production and production.pk != version.pk else None
    ids, truth = ([], []) if version.model in GENERATORS else held_out(version.project)
    failures = [
        failure
        for one in (version, rival)
        if one and (failure := images_score(run, one, ids, "held-out images"))
    ]
    for one in filter(None, (version, rival)):  # what takes long, before the lock
        JUDGES[version.project.kind].prepare(truth, results_of(one, ids), run.check_cancelled)
    with transaction.atomic():
        Project.objects.lock(pk=version.project_id)
        if rival_of(version) != production:
            return False
        gate = refusal(" ".join(failures)) if failures else gate_judge(candidate=version, production=rival)
        for one in filter(None, (version, rival)):
            if ids and not failures and not one.metrics:  # it has none of its training's
                one.metrics = measured(one)
                one.save(update_fields=["metrics"])
        promoted = gate["passed"] or params["force"]
        # Promoted twice (asked for twice, say), it has nothing new before it: a roll back would find no way.
        if promoted and version != production:
            previous = version_set_production(version=version)
            Promotion.objects.create(
                model_version=version, previous=previous, by=run.job.created_by, gate=gate, forced=not gate["passed"],
                reason=params["reason"],
            )  # fmt: skip
        run.write(result={"promoted": promoted, "gate": gate})
    return True


def rival_of(version: ModelVersion) -> ModelVersion | None:
    """What would give way to it: the project's version in production; of a generator that of the same model."""
    if version.model in GENERATORS:
        return generator_in_production(version)
    return production_version(version.project_id)


def version_before(*, project_id: int) -> ModelVersion | None:
    """What a roll back puts into production: rolling back again goes on to the one before that, and not to and fro."""
    stack: list[ModelVersion] = []
    rows = Promotion.objects.filter(model_version__project=project_id).order_by("id")
    rows = rows.exclude(model_version__model__in=GENERATORS)
    for promotion in rows.select_related("model_version__project", "previous__project"):
        if not stack and promotion.previous:
            stack.append(promotion.previous)
        if promotion.reason == ROLL_BACK and len(stack) > 1 and stack[-2] == promotion.model_version:
            stack.pop()
        else:
            stack.append(promotion.model_version)
    return stack[-2] if len(stack) > 1 else None


def evaluation(*, version: ModelVersion) -> list[dict[str, Any]]:
    """The held-out images, those first that the version gets most wrong; a generator says nothing of images."""
    if version.model in GENERATORS:
        return []
    judge, (ids, truth) = JUDGES[version.project.kind], held_out(version.project)
    images = Image.objects.filter(pk__in=among(ids)).in_bulk()
    results = results_of(version, ids)
    known = judge.can_say(truth, results)
    said = [
        (images[pk], true, result)
        for pk, true, result, can_say in zip(ids, truth, results, known, strict=True)
        if result is not None and can_say
    ]
    truth, answers = [true for _, true, _ in said], [result for _, _, result in said]
    rows = [
        {"image": image.pk, "width": image.width, "height": image.height, "truth": words[0], **mark}
        for (image, _, _), words, mark in zip(
            said, judge.in_words(truth, [None] * len(said)), judge.marks(truth, answers), strict=True
        )
    ]
    return sorted(rows, key=lambda row: row["truth_score"])
