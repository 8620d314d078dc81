import { lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { SessionGate } from "./parts/session";
import { Shell } from "./parts/shell";
import { Projects } from "./pages/projects";

const Account = lazy(() => import("./pages/account"));
const ApiPage = lazy(() => import("./pages/api"));
const Compare = lazy(() => import("./pages/compare"));
const ImageDetail = lazy(() => import("./pages/image"));
const Images = lazy(() => import("./pages/images"));
const Import = lazy(() => import("./pages/import"));
const Label = lazy(() => import("./pages/label"));
const Members = lazy(() => import("./pages/members"));
const Model = lazy(() => import("./pages/model"));
const Models = lazy(() => import("./pages/models"));
const NewProject = lazy(() => import("./pages/new-project"));
const Overview = lazy(() => import("./pages/overview"));
const ProjectLayout = lazy(() => import("./pages/project"));
const Run = lazy(() => import("./pages/run"));
const Settings = lazy(() => import("./pages/settings"));

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
              <Route path="*" element={<main className="page"><h1>There is no such page</h1><p><a href="/">All projects</a></p></main>} />
            </Route>
          </Routes>
        </Suspense>
      </SessionGate>
    </BrowserRouter>
  );
}
