/** Models that make pictures, and say nothing of any: they are in production beside the one that does. */
const GENERATORS: readonly string[] = ["pix2pix", "cyclegan", "stylegan2"];

export const isGenerator = ({ model }: { model: string }): boolean => GENERATORS.includes(model);

export type GeneratorMetrics = {
  kid: number | null;
  kid_before: number | null;
  features: string;
  best_epoch: number;
  images: { source: number; target: number; real: number } | null;
};
