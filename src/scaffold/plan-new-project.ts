import type { OwnPackage } from './own-package.js';
import { planFile } from './plan-file.js';
import { planManifest } from './plan-manifest.js';
import type { PlannedFile, ProjectPlan, ScaffoldProvider } from './project-plan.js';
import { readTemplate } from './template.js';

export interface NewProject {
  readonly folder: string;
  readonly own: OwnPackage;
  readonly provider: ScaffoldProvider;
  readonly force: boolean;
}

/** The whole template: a schema of its own, and all that surrounds it. */
export async function planNewProject({ folder, own, provider, force }: NewProject): Promise<ProjectPlan> {
  const template = await readTemplate(own, provider);
  const manifest = await planManifest(folder, template.manifest);
  const files: PlannedFile[] = [manifest.file];
  for (const [path, content] of template.files) files.push(await planFile(folder, path, content, force));
  return {
    folder,
    kind: 'new',
    provider,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    found: [],
    advice: [...databaseAdvice(provider), ...manifest.advice],
  };
}

function databaseAdvice(provider: ScaffoldProvider): string[] {
  return provider === 'sqlite' ? [] : [`set DATABASE_URL in .env to the address of your ${provider} database`];
}
