import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./styles/pages.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { makeRouter } from "./app";
import { Problem } from "./api/client";
import { applyTheme, followSystem } from "./parts/colours";

applyTheme();
followSystem();
const isRefusal = (status: number) => status >= 400 && status < 500;
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Without a network it is asked for all the same: the page then says what is wrong, and does not wait in silence.
      networkMode: "always",
      refetchOnReconnect: true,
      // A refusal stays one; only what may pass by itself is asked for again.
      retry: (count, error) => count < 2 && !(error instanceof Problem && isRefusal(error.status)),
    },
  },
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={makeRouter()} />
    </QueryClientProvider>
  </StrictMode>,
);
