export { isEmptyFolder } from './assert-writable.js';
export { findSchema } from './find-schema.js';
export { type InstallOptions, installPackages, type PackageManager, packageManagerOf } from './package-manager.js';
export { ADD_CLIENT_GENERATOR } from './plan-existing-project.js';
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
