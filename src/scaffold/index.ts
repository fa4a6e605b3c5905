export { ADD_CLIENT_GENERATOR } from './describe-existing-project.js';
export { findSchema } from './find-schema.js';
export { type InstallOptions, installPackages } from './install-packages.js';
export { isEmptyFolder } from './is-empty-folder.js';
export { type PackageManager, packageManagerOf } from './package-manager.js';
export { type PlanProjectOptions, planProject } from './plan-project.js';
export {
  type FileAction,
  isWritten,
  type PlannedFile,
  type ProjectPlan,
  type ScaffoldProvider,
  scaffoldProviders,
} from './project-plan.js';
export { writeProject } from './write-project.js';
