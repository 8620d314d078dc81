from django.urls import path

from training.api import labelcheck, promotions, runs, snapshots

urlpatterns = [
    path("projects/<int:pk>/training-options/", runs.Options.as_view()),
    path("projects/<int:pk>/label-checks/", labelcheck.LabelChecks.as_view()),
    path("projects/<int:pk>/training-runs/", runs.Runs.as_view()),
    path("projects/<int:pk>/snapshots/", snapshots.Snapshots.as_view()),
    path("projects/<int:pk>/snapshots/compare/", snapshots.CompareSnapshots.as_view()),
    path("snapshots/<int:pk>/", snapshots.SnapshotDetail.as_view()),
    path("snapshots/<int:pk>/file/", snapshots.SnapshotFile.as_view()),
    path("training-runs/<int:pk>/", runs.RunDetail.as_view()),
    path("training-runs/<int:pk>/pictures/<int:epoch>/<slug:image>/", runs.RunPicture.as_view()),
    path("projects/<int:pk>/models/compare/", promotions.Compare.as_view()),
    path("projects/<int:pk>/rollback/", promotions.Rollback.as_view()),
    path("models/<int:pk>/promote/", promotions.Promote.as_view()),
    path("models/<int:pk>/evaluation/", promotions.Evaluation.as_view()),
]
