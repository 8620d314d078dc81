import type { ComponentType } from "react";
import { createBrowserRouter, Link, Outlet, type RouteObject } from "react-router";
import Label from "./pages/label/label";
import ProjectLayout, { FOR_MANAGERS } from "./pages/project";
import { Fault } from "./parts/fault";
import { Empty } from "./parts/notes";
import { SessionGate } from "./parts/session";
import { Shell } from "./parts/shell";

type Page = Pick<RouteObject, "lazy">;

/** A page in a file of its own. The page before stays until it is here, so nothing flashes in between. */
function page(load: () => Promise<{ default: ComponentType }>): Page {
  return { lazy: async () => ({ Component: (await load()).default }) };
}

const projectPages: RouteObject[] = [
  { index: true, ...page(() => import("./pages/overview")) },
  { path: "images", ...page(() => import("./pages/images/images")) },
  { path: "images/:image", ...page(() => import("./pages/image")) },
  { path: "label-errors", ...page(() => import("./pages/suspects")) },
  { path: "import", handle: FOR_MANAGERS, ...page(() => import("./pages/import/import")) },
  { path: "export", handle: FOR_MANAGERS, ...page(() => import("./pages/export/export")) },
  { path: "models", ...page(() => import("./pages/models/models")) },
  { path: "models/datasets", ...page(() => import("./pages/models/datasets")) },
  { path: "models/compare", ...page(() => import("./pages/models/compare")) },
  { path: "models/:model", ...page(() => import("./pages/models/model")) },
  { path: "models/runs/:run", ...page(() => import("./pages/models/run")) },
  { path: "synthesis", handle: FOR_MANAGERS, ...page(() => import("./pages/synthesis/synthesis")) },
  { path: "synthesis/:batch", handle: FOR_MANAGERS, ...page(() => import("./pages/synthesis/batch")) },
  { path: "members", ...page(() => import("./pages/members")) },
  { path: "settings", handle: FOR_MANAGERS, ...page(() => import("./pages/settings/settings")) },
  { path: "api", ...page(() => import("./pages/api")) },
];

const shellPages: RouteObject[] = [
  { index: true, ...page(() => import("./pages/projects")) },
  { path: "account", ...page(() => import("./pages/account/account")) },
  { path: "projects/new", ...page(() => import("./pages/settings/new-project")) },
  { path: "projects/:project", Component: ProjectLayout, children: projectPages },
  { path: "*", Component: NoPage },
];

export const makeRouter = () =>
  createBrowserRouter([
    // For somebody who cannot sign in.
    {
      path: "reset",
      ErrorBoundary: Fault,
      HydrateFallback: () => null,
      ...page(() => import("./pages/reset")),
    },
    {
      Component: Root,
      ErrorBoundary: Fault,
      HydrateFallback: () => null,
      children: [
        // Where people spend their day: part of the first file, so that nothing waits for a second one.
        { path: "projects/:project/label", Component: Label },
        { path: "projects/:project/review", ...page(() => import("./pages/review/review")) },
        { Component: Shell, children: shellPages },
      ],
    },
  ]);

function Root() {
  return (
    <SessionGate>
      <Outlet />
    </SessionGate>
  );
}

function NoPage() {
  return (
    <main className="page">
      <Empty icon="find" title="There is no such page">
        <Link className="button" to="/">
          All projects
        </Link>
      </Empty>
    </main>
  );
}
