/** The architecture, as rules (docs/architecture.md has the reasons). */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'apps-are-islands',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'libs-have-one-door',
      comment:
        'A library is imported by its name, which leads to its index; only a library knows its own files. What holds an API client against its simulator has to know both.',
      severity: 'error',
      from: { path: '^(apps|sandbox|test|bench|chaos)/', pathNot: '^test/vendors/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'libs-have-one-door-to-each-other',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'contracts-import-only-zod',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/contracts/src/', 'node_modules/zod/'] },
    },
    {
      name: 'runtime-knows-no-domain',
      severity: 'error',
      from: { path: '^libs/runtime/' },
      to: { path: '^libs/(ledger|vendors)/' },
    },
    {
      name: 'vendors-know-contracts-only',
      severity: 'error',
      from: { path: '^libs/vendors/' },
      to: { path: '^libs/(ledger|runtime)/' },
    },
    {
      name: 'only-the-ledger-knows-the-database',
      comment:
        'The launcher of local services and the tests open connections of their own; services never do.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/ledger/' },
      to: { path: 'node_modules/(typeorm|pg)/' },
    },
    {
      name: 'only-terraform-spawns',
      comment: 'A process that is started has to be supervised; in the product only Terraform is.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/tf-executor/src/terraform/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'sandbox-is-not-the-product',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^(sandbox|test|bench|chaos)/' },
    },
    {
      name: 'handlers-translate',
      comment: 'A controller or consumer hands on to its service; it decides nothing and stores nothing.',
      severity: 'error',
      from: { path: '^apps/.*\\.(controller|consumer)\\.ts$' },
      to: { path: ['\\.(entity|repository)\\.ts$', 'node_modules/(typeorm|pg)/', '^(node:)?child_process$'] },
    },
    {
      name: 'product-needs-no-development-dependency',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
