import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, need } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { modelName } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote, PageHead } from "../../parts/notes";
import { usePrelabel } from "../../parts/prelabel";
import { Sheet } from "../../parts/sheet";
import { useProject } from "../project";
import { isAsked, isGenerator } from "./generators";
import { PackagedForm } from "./packaged-form";
import { RuleForm } from "./rule-form";
import { Runs } from "./runs";
import { TrainForm } from "./train-form";
import { Versions } from "./versions";

/** The registry of a project: versions, runs, and what can be done with them. */
export default function Models() {
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const path = { id: project.id };
  const [open, setOpen] = useState<"train" | "rule" | "packaged" | "rollback" | null>(null);
  const { job, asking, ...prelabel } = usePrelabel(project.id);
  const [refused, setRefused] = useState<unknown>(null);
  const models = useQuery(modelsQuery(project.id));
  const options = useQuery({
    queryKey: ["training-options", project.id],
    queryFn: () => need(api.GET("/api/projects/{id}/training-options/", { params: { path } })),
    enabled: project.kind === "matting",
  });
  const packaged = options.data?.packaged[0];
  const production = models.data?.results.find(isAsked);
  const before = models.data?.results.some(
    (model) => model.stage === "archived" && model.promoted_at && !isGenerator(model),
  );
  const act = async (call: Promise<unknown>) => {
    setRefused(null);
    setOpen(null);
    await call.catch(setRefused);
    void client.invalidateQueries({ queryKey: ["models", project.id] });
  };
  const rollBack = () => act(need(api.POST("/api/projects/{id}/rollback/", { params: { path } })));
  return (
    <main className="page">
      <PageHead title="Models">
        {project.role !== "labeler" && (
          <Link className="button" to={`/projects/${project.id}/models/datasets`}>
            Dataset versions
          </Link>
        )}
        {project.role === "manager" && (
          <>
            {production && (
              <>
                <button
                  className="button"
                  disabled={asking}
                  title="Those that nobody has labeled yet"
                  onClick={() => void prelabel.start("unlabeled")}
                >
                  Pre-label now
                </button>
                <button
                  className="button"
                  disabled={asking}
                  title="The labeled ones, too: then they are found by the model's confidence, its agreement with the label, and what they look like"
                  onClick={() => void prelabel.start("all")}
                >
                  Pre-label all images
                </button>
                {before && (
                  <button className="button" onClick={() => setOpen("rollback")}>
                    Roll back
                  </button>
                )}
              </>
            )}
            {project.kind === "classification" && (
              <button className="button" onClick={() => setOpen("rule")}>
                Add a rule
              </button>
            )}
            {packaged && (
              <button className="button" onClick={() => setOpen("packaged")}>
                Add a packaged model
              </button>
            )}
            <button className="button primary" onClick={() => setOpen("train")}>
              <Icon name="play" /> Train
            </button>
          </>
        )}
      </PageHead>
      <ErrorNote error={refused ?? prelabel.refused} />
      {job && (
        <div className="panel">
          <JobLine key={job.id} job={job} what="Pre-labeling" />
        </div>
      )}
      <Versions project={project} />
      <Runs project={project} />
      {open === "train" && (
        <Sheet title="Train" broad close={() => setOpen(null)}>
          <TrainForm
            project={project}
            started={(run) => void navigate(`/projects/${project.id}/models/runs/${run}`)}
          />
        </Sheet>
      )}
      {open === "rule" && (
        <Sheet title="Add a rule" broad close={() => setOpen(null)}>
          <RuleForm
            project={project}
            made={(version) => void navigate(`/projects/${project.id}/models/${version.id}`)}
          />
        </Sheet>
      )}
      {open === "packaged" && packaged && (
        <Sheet title="Add a packaged model" broad close={() => setOpen(null)}>
          <PackagedForm
            project={project}
            model={packaged}
            made={(version) => void navigate(`/projects/${project.id}/models/${version.id}`)}
          />
        </Sheet>
      )}
      {open === "rollback" && production && (
        <Sheet title={`Roll back from ${modelName(production)}?`} close={() => setOpen(null)}>
          <p>
            The version that was in production before takes over, for the labeling screen and for API clients,
            and pre-labels what is not labeled yet.
          </p>
          <div className="row end">
            <button className="button" onClick={() => setOpen(null)}>
              Leave it
            </button>
            <button className="button primary" onClick={() => void rollBack()}>
              Go back
            </button>
          </div>
        </Sheet>
      )}
    </main>
  );
}
