/** Models that make pictures, and say nothing of any: they are in production beside the one that does. */
const GENERATORS: readonly string[] = ["pix2pix", "cyclegan", "stylegan2"];

export const isGenerator = ({ model }: { model: string }): boolean => GENERATORS.includes(model);

/** Of the version that pre-labels and answers. */
export const isAsked = (version: { model: string; stage: string }): boolean =>
  version.stage === "production" && !isGenerator(version);

export type GeneratorMetrics = {
  kid: number | null;
  kid_before: number | null;
  features: string;
  best_epoch: number;
  images: { source: number; target: number; real: number } | null;
};
