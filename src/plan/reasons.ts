/** Every reason the planner gives, for doing something or for leaving it. One sentence each; docs/reasons.md is checked against this list. */
export const REASONS = {
  PartitionUnbound:
    'No sentinel knows the partition and no pod claims it: the idle pod that spreads failures best is bound.',
  PartitionNotNamed:
    'A pod is bound to the partition but no sentinel knows it yet: an earlier pass was cut off, its choice is kept.',
  SentinelBare:
    'A sentinel of the group does not know a partition that the others agree on: it is told the agreed address and epoch.',
  PodHalfOpen: 'A pod carries a claim but its rules or its application user are not set: the opening is finished.',
  PodRestartedInPlace:
    'The pod that a majority names restarted empty and locked: it is opened again for the same partition, cold.',
  ClaimSuperseded: 'A pod claims a partition that a majority of sentinels gives to another pod: it is released.',
  ClaimDuplicate: 'Several pods claim one partition that no sentinel knows: one is kept, the others are released.',
  StandbyMissing:
    'The cache cluster has fewer standbys in a datacenter than declared: one that restarted, or an idle pod, is kept for it.',
  StandbyNotArmed:
    'A sentinel does not list exactly the standby of the partition: the name is written anew with it in one write.',
  OptionsDiffer: 'A sentinel holds other options than declared for the partition: they are set in one write.',
  ReplicaMissing: 'A replicated partition has fewer pods than declared: an idle pod on another machine joins it.',
  CopiesLost:
    'No pod of a replicated partition is left that holds its data: it starts again, empty, so that Sentinel has a master to see.',
  ReplicaPromoted:
    'The master of a replicated partition is dead, or restarted empty, and no sentinel can promote a replica: the pod with most of its data gets the name.',
  ReplicaDetached: 'A pod of a replicated partition follows no master or the wrong one: it is told to follow.',
  MinReplicasDiffer:
    'A pod requires another number of replicas for a write than its cache cluster declares: it is told the declared one.',
  InfoAllowed:
    'Every sentinel was heard and none lists the pod under another name: they may ask it for INFO, which they try many times a second else.',
  InfoWithheld:
    'A sentinel lists a bound pod under another name: no sentinel may ask it for INFO, so that none promotes it.',
  GroupWithoutMajority: 'Fewer than a majority of the sentinels of the group answer: the group is left alone.',
  SentinelTilted: 'A sentinel is in TILT: it gets no name of a partition written and its votes do not count.',
  TiltEnded:
    'A sentinel in TILT that knows no name would never leave it: it gets a throw-away name to look at, which is taken back when TILT is over.',
  SentinelUnreachable: 'A sentinel does not answer: what it should know is written when it is back.',
  SentinelsDisagree:
    'The sentinels give different addresses: the pod that a majority gives, else the one whose own marker claims the partition, is told to all of them.',
  PodCrashed:
    'The pod of the partition refuses connections and a majority of sentinels has lost it: the name goes to a standby or an idle pod.',
  PodSilent:
    'The pod of the partition does not answer and a majority of sentinels calls it down: the name goes to a standby or an idle pod.',
  FailoverAdopted:
    'Sentinel moved the partition to its standby by itself: the standby becomes the pod of the partition.',
  BudgetSpent: 'More replacements than the budget allows in its window: the rest waits until the window has moved on.',
  PersonNeeded: 'The partition failed six times in a row: nothing more is tried until a person looks.',
  BarnIsolated:
    'Many pods do not answer us but the sentinels see them: the operator is the isolated one and does nothing.',
  NameRemoved:
    'Sentinels know a partition that is declared no more, or no more in their group: they are told to forget it.',
  RemovalHeld:
    'Sentinels know partitions but nothing at all is declared, or a datacenter could not be read: nothing is removed.',
  PodReleased: 'A pod is claimed for something that is declared no more and that no sentinel lists: it is released.',
  StandbySurplus:
    'A cache cluster has more standbys in a datacenter than declared, or one is being emptied: it is released.',
  ReplicaSurplus: 'A replicated partition has more pods than declared, or one is being emptied: a replica is released.',
  ReplicaForgotten:
    'A sentinel lists a replica that is none of the partition any more: the name is written anew in one write.',
  CopiesChanged:
    'The number of copies of a partition has changed between one and several: its pod takes on the other kind of claim.',
  Draining: 'The pod or its machine is being emptied: the partition moves, with its data, to another pod.',
  TierDiffers: 'The partition is on a pod of another tier than declared: it moves, with its data.',
  PlacementDiffers: 'The partition is in a datacenter that its placement no longer allows: it moves, with its data.',
  SpreadBetter:
    'A cache cluster is spread worse than it could be: one partition moves, with its data, nearer to the bound.',
  ShelterShared: 'Several partitions fell back on one standby: all but one move to pods of their own.',
  MoveCopying: 'The new pod of a moving partition still copies: the hand-over waits.',
  MoveUnfinished:
    'A pod holds the partition at a higher epoch than the sentinels: an earlier move was cut off before they were told.',
  MoveAbandoned: 'A move is wanted no more, or its source is gone: the pod that was taking over is released.',
  ReserveKept:
    'A voluntary move would take an idle pod that the loss of a machine would need: it waits until more are idle.',
  MovesLimited: 'As many partitions are moving as may at once: the rest waits.',
  PodUnreachable:
    'The pod that the sentinels agree on does not answer us, and too few sentinels have lost it: unknown is not dead.',
  PodClaimedByOther:
    "The pod that the sentinels name says that it is something else's: the name goes to a pod of its own, or nothing is written for this partition.",
  NoIdlePod: 'No idle pod of the tier is left where one is needed: the partition waits.',
  StandbyUnavailable: 'No idle pod can be kept as standby here: the partition runs without one, elections off.',
  FailoverUnderWay:
    'The sentinels are failing this partition over: it is theirs until they are done, or have had twice the failover-timeout.',
  DatacenterUnread:
    'The KubeCluster of a datacenter could not be read: nothing is concluded from what is missing there.',
  DeclarationsDiffer:
    'The KubeClusters that have the cache cluster do not declare it the same: the declaration written last counts.',
  NoSentinelGroup:
    'The cache cluster has no sentinel group: the one it names is not in the farm, or it names none and none has room: it waits.',
} as const;

export type Reason = keyof typeof REASONS;
