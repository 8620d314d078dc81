import { screenUrl } from "../api/addresses";
import { fitted, type Size } from "../shapes/fit";
import { holdKey } from "../tools/held";

export const NARROW = "(max-width: 860px)";
/** A phone, however it is held: what the panel has no room for opens over the image. */
export const SMALL = `${NARROW}, (max-height: 500px) and (orientation: landscape)`;
/** By this attribute of the image on the stage a browser tells (PerformanceObserver) when it was presented. */
export const TIMED = { elementtiming: "stage" };

/**
 * The first image where the labeling screen will have it, before the program that makes the screen has begun to run;
 * resolves when it is on its way to the display. On a narrow screen the categories, which are not known yet, decide how
 * much room is left: there the image is fetched and no more.
 */
export async function showFirst(image: Size & { id: number; name: string }): Promise<void> {
  const element = new Image();
  element.fetchPriority = "high";
  element.src = screenUrl(image.id);
  element.alt = image.name;
  element.setAttribute("elementtiming", TIMED.elementtiming);
  if (matchMedia(NARROW).matches) return;
  await Promise.all([element.decode(), styles()]);
  const root = document.getElementById("root");
  if (!root || root.hasChildNodes()) return; // the program was quicker
  const picture = part("div", "picture", element);
  const stage = part("div", "stage", picture);
  root.append(
    part(
      "main",
      "lab",
      part("header", "lab-top"),
      part("div", "strip"),
      stage,
      part("aside", "side"),
      part("div", "film"),
    ),
  );
  holdKey(image.id);
  const { width, height } = fitted(image, { width: stage.clientWidth, height: stage.clientHeight });
  Object.assign(picture.style, { width: `${width}px`, height: `${height}px` });
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // the frame that shows it is made
}

function part(tag: string, className: string, ...children: Element[]): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

async function styles(): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]");
  if (link && !link.sheet) await new Promise((resolve) => link.addEventListener("load", resolve));
}
