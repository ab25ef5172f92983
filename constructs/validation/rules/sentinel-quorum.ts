import type { Finding, Output, Rule } from '../rule.js';
import {
  type DeclaredGroup,
  type DeployedGroup,
  declaredGroups,
  deployedGroups,
  sentinelsIn,
} from '../sentinel-groups.js';

function checkDeployed({ name, sets }: DeployedGroup): readonly Finding[] {
  const [first] = sets;
  const count = sets.reduce((sum, set) => sum + sentinelsIn(set), 0);
  if (!first || (count >= 3 && count % 2 === 1)) return [];
  const why =
    count < 3
      ? 'fewer than three cannot lose one and still agree'
      : 'an even number survives no more losses than one less';
  return [
    {
      manifest: first.manifest,
      location: `spec.replicas: sentinel group ${name} has ${count} sentinels in ${sets.length} StatefulSet(s); ${why}`,
    },
  ];
}

function checkDeclared(group: DeclaredGroup, deployed: readonly DeployedGroup[]): readonly Finding[] {
  const majority = Math.floor(group.size / 2) + 1;
  const location = `data["farm.json"].sentinelGroups[${group.name}]`;
  const findings: Finding[] = [];
  if (group.quorum < majority || group.quorum > group.size)
    findings.push({
      manifest: group.manifest,
      location: `${location}.quorum: ${group.quorum}, must be ${majority} to ${group.size} of ${group.size} sentinels`,
    });
  const sets = deployed.find(({ name }) => name === group.name)?.sets ?? [];
  const count = sets.reduce((sum, set) => sum + sentinelsIn(set), 0);
  if (count !== group.size)
    findings.push({
      manifest: group.manifest,
      location: `${location}.size: ${group.size}, but the StatefulSets run ${count}`,
    });
  return findings;
}

function check(output: Output): readonly Finding[] {
  const deployed = deployedGroups(output);
  return [
    ...deployed.flatMap(checkDeployed),
    ...declaredGroups(output).flatMap((group) => checkDeclared(group, deployed)),
  ];
}

export const sentinelQuorum: Rule = {
  name: 'sentinel-quorum',
  severity: 'error',
  recommendation:
    'A sentinel group decides by majority: it needs an odd number of at least three sentinels, and a quorum that a minority cannot reach.',
  fix: 'Run 3 or 5 sentinels a group over all datacenters, with quorum size/2 + 1.',
  check,
};
