'use strict';
// Usage: manifests.js BIN VERSION FILE...   Each FILE is kustomize's output for one folder below deploy/kubernetes.
// They must match Kubernetes' own schemas (types, ranges, required fields, no unknown fields), be consistent with each
// other, comply with the restricted Pod Security Standard, and give the gateway settings that it accepts.

const fs = require('node:fs');
const yaml = require('yaml');
const {fault, end} = require('./faults.js');
const {Gateway} = require('./settings.js');
const {typeFaults} = require('./types.js');

// ---- Schemas. kubernetes-models checks values like the API server, but accepts unknown fields; the TypeScript
// compiler, with the types of the same package, does not.

const model = object => `kubernetes-models/${object.apiVersion}/${object.kind}`;
const nameOf = object => `${object.kind} ${object.metadata?.name}`;

function checkValues(object) {
  try {
    const type = require(model(object))[object.kind];
    new type(object).validate();
  } catch (error) {
    fault(`${nameOf(object)}: ${error.message}`);
  }
}

// ---- Their consistency.

const matches = (labels = {}, selector) =>
    Object.entries(selector.matchLabels ?? selector).every(([key, value]) => labels[key] === value);

const containersOf = pod => [...(pod.initContainers ?? []), ...pod.containers];

function checkSelectors(objects, pods) {
  for (const object of objects) {
    const {selector, podSelector, ports = [], ingress = []} = object.spec ?? {};
    if (object.kind === 'PersistentVolumeClaim') continue;
    const chosen = pods.filter(({labels}) => matches(labels, selector ?? podSelector));
    if (chosen.length === 0) fault(`${nameOf(object)} selects no pod of these`);
    const named = new Set(chosen.flatMap(({spec}) => containersOf(spec)).flatMap(({ports: own = []}) => own.map(port => port.name)));
    const wanted = [...ports.map(port => port.targetPort), ...ingress.flatMap(rule => rule.ports).map(port => port.port)];
    for (const port of wanted) {
      if (typeof port === 'string' && !named.has(port)) fault(`${nameOf(object)}: no container has a port ${port}`);
    }
  }
}

function checkVolumes(pod, objects) {
  const claims = objects.filter(({kind}) => kind === 'PersistentVolumeClaim').map(({metadata}) => metadata.name);
  const mounted = containersOf(pod.spec).flatMap(({volumeMounts = []}) => volumeMounts.map(({name}) => name));
  const volumes = (pod.spec.volumes ?? []);
  for (const name of mounted) {
    if (!volumes.some(volume => volume.name === name)) fault(`${pod.name}: there is no volume ${name}`);
  }
  for (const {name, persistentVolumeClaim: claim} of volumes) {
    if (!mounted.includes(name)) fault(`${pod.name}: nothing mounts the volume ${name}`);
    if (claim && !claims.includes(claim.claimName)) fault(`${pod.name}: there is no claim ${claim.claimName}`);
  }
}

function checkSecurity(pod) {
  const {securityContext: shared = {}, automountServiceAccountToken: token, enableServiceLinks: links} = pod.spec;
  if (token !== false || links !== false) fault(`${pod.name}: needs neither a service account's token nor service links`);
  if (shared.seccompProfile?.type !== 'RuntimeDefault') fault(`${pod.name}: the seccomp profile is not RuntimeDefault`);
  for (const {name, securityContext: own = {}, resources = {}} of containersOf(pod.spec)) {
    const wanted = {
      'is not root': {...shared, ...own}.runAsNonRoot === true && {...shared, ...own}.runAsUser > 0,
      'has a read-only root': own.readOnlyRootFilesystem === true,
      'gains no privileges': own.allowPrivilegeEscalation === false,
      'drops all capabilities': own.capabilities?.drop?.includes('ALL') && !own.capabilities.add,
      'has requests and a limit of memory': resources.requests?.cpu && resources.requests?.memory && resources.limits?.memory,
    };
    for (const [what, holds] of Object.entries(wanted)) if (!holds) fault(`${pod.name}, ${name}: it must be said that it ${what}`);
  }
}

function checkGateway(pod, gateway, version) {
  const container = containersOf(pod.spec).find(({name}) => name === 'webex-gateway');
  if (!container) return fault(`${pod.name}: no container is called webex-gateway`);
  if (!container.image.endsWith(`/webex-gateway:${version}`)) fault(`${pod.name}: ${container.image} is not of version ${version}`);
  const env = (container.env ?? []).filter(({name}) => !name.startsWith('WEBEXCTL_'));
  if (env.length > 0) fault(`${pod.name}: settings by environment are not looked at here; use args`);
  const mounts = container.volumeMounts.map(({name, mountPath}) => {
    return {path: mountPath, secret: Boolean(pod.spec.volumes.find(volume => volume.name === name)?.secret)};
  });
  const {faults, stopSeconds} = gateway.check(container.args, mounts);
  if (faults) fault(`${pod.name}: ${faults}`);
  // No schema covers these words.
  const isSidecar = (pod.spec.initContainers ?? []).includes(container);
  if (isSidecar && container.restartPolicy !== 'Always') fault(`${pod.name}: the gateway would have to end before the service starts`);
  const ports = (container.ports ?? []).map(({name}) => name);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const port = container[probe]?.httpGet.port;
    if (port && !ports.includes(port)) fault(`${pod.name}: ${probe} asks the port ${port}, which there is not`);
  }
  const grace = pod.spec.terminationGracePeriodSeconds;
  if (!(grace >= stopSeconds)) fault(`${pod.name}: ${grace} s to stop are too few; the gateway takes ${stopSeconds} s`);
}

// ---- All of it.

const [bin, version, ...files] = process.argv.slice(2);
const gateway = new Gateway(bin);
const all = files.map(file => yaml.parseAllDocuments(fs.readFileSync(file, 'utf8')).map(document => document.toJS()));
for (const objects of all) {
  const pods = objects.filter(({spec}) => spec?.template)
                   .map(object => ({name: nameOf(object), labels: object.spec.template.metadata.labels, spec: object.spec.template.spec}));
  objects.forEach(checkValues);
  checkSelectors(objects, pods);
  for (const pod of pods) {
    checkVolumes(pod, objects);
    checkSecurity(pod);
    checkGateway(pod, gateway, version);
  }
}
const kinds = all.flat().map(object => ({module: model(object), type: `I${object.kind}`, value: object}));
const faults = typeFaults(kinds);
if (faults) fault(faults);
// Proves that the settings are checked: an unknown flag, and a file in no volume, must be refused.
if (!gateway.check(['--nonsense'], []).faults) fault('the check itself is broken: it lets an unknown flag pass');
if (!gateway.check(['--webex_token_file=/etc/token'], []).faults) fault('the check itself is broken: it lets an unmounted file pass');
end(`${all.flat().length} Kubernetes objects are as they should be`);
