export { findSchema } from './find-schema.js';
export { installPackages, type PackageManager, packageManagerOf } from './package-manager.js';
export { ADD_CLIENT_GENERATOR, planProject } from './plan-project.js';
export { type ScaffoldProvider, scaffoldProviders } from './template.js';
export { isEmptyFolder, type PlannedFile, type ProjectPlan, writeProject } from './write-project.js';
