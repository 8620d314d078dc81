import { lazy, Suspense } from "react";
import { BrowserRouter, Link, Route, Routes } from "react-router";
import { SessionGate } from "./parts/session";
import { Shell } from "./parts/shell";

const Account = lazy(() => import("./pages/account/account"));
const ApiPage = lazy(() => import("./pages/api"));
const Compare = lazy(() => import("./pages/models/compare"));
const ImageDetail = lazy(() => import("./pages/image"));
const Images = lazy(() => import("./pages/images"));
const Import = lazy(() => import("./pages/import/import"));
const Label = lazy(() => import("./pages/label/label"));
const Members = lazy(() => import("./pages/members"));
const Model = lazy(() => import("./pages/models/model"));
const Models = lazy(() => import("./pages/models/models"));
const NewProject = lazy(() => import("./pages/settings/new-project"));
const Overview = lazy(() => import("./pages/overview"));
const Projects = lazy(() => import("./pages/projects"));
const ProjectLayout = lazy(() => import("./pages/project"));
const Run = lazy(() => import("./pages/models/run"));
const Settings = lazy(() => import("./pages/settings/settings"));

export function App() {
  return (
    <BrowserRouter>
      <SessionGate>
        <Suspense>
          <Routes>
            <Route path="/projects/:project/label" element={<Label />} />
            <Route element={<Shell />}>
              <Route index element={<Projects />} />
              <Route path="account" element={<Account />} />
              <Route path="projects/new" element={<NewProject />} />
              <Route path="projects/:project" element={<ProjectLayout />}>
                <Route index element={<Overview />} />
                <Route path="images" element={<Images />} />
                <Route path="images/:image" element={<ImageDetail />} />
                <Route path="import" element={<Import />} />
                <Route path="models" element={<Models />} />
                <Route path="models/compare" element={<Compare />} />
                <Route path="models/:model" element={<Model />} />
                <Route path="runs/:run" element={<Run />} />
                <Route path="members" element={<Members />} />
                <Route path="settings" element={<Settings />} />
                <Route path="api" element={<ApiPage />} />
              </Route>
              <Route path="*" element={<NoPage />} />
            </Route>
          </Routes>
        </Suspense>
      </SessionGate>
    </BrowserRouter>
  );
}

function NoPage() {
  return (
    <main className="page">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">All projects</Link>
      </p>
    </main>
  );
}
