from django.urls import path

from synthesis.api import batches, options, scenemodels

urlpatterns = [
    path("projects/<int:pk>/synthesis/", batches.ProjectBatches.as_view()),
    path("projects/<int:pk>/synthesis/options/", options.Options.as_view()),
    path("projects/<int:pk>/scene-models/", scenemodels.SceneModels.as_view()),
    path("scene-models/<int:pk>/", scenemodels.SceneModelDetail.as_view()),
    path("synthesis/batches/", batches.Batches.as_view()),
    path("synthesis/batches/<int:pk>/", batches.BatchDetail.as_view()),
    path("synthesis/batches/<int:pk>/translate/", batches.Translate.as_view()),
    path("synthesis/batches/<int:pk>/accept/", batches.Accept.as_view()),
    path("synthesis/pictures/<int:pk>/file/", batches.MadePictureFile.as_view()),
    path("synthesis/pictures/<int:pk>/thumbnail/", batches.MadePictureThumbnail.as_view()),
]
