/** Why something was done or left alone, one sentence a reason: the English ones are those of the plan, which this page may not import (a test compares). */
export const words = {
  en: {
    'reasons.PartitionUnbound':
      'No sentinel knows the partition and no pod claims it: the idle pod that spreads failures best is bound.',
    'reasons.PartitionNotNamed':
      'A pod is bound to the partition but no sentinel knows it yet: an earlier pass was cut off, its choice is kept.',
    'reasons.SentinelBare':
      'A sentinel of the group does not know a partition that the others agree on: it is told the agreed address and epoch.',
    'reasons.PodHalfOpen':
      'A pod carries a claim but its rules or its application user are not set: the opening is finished.',
    'reasons.PodRestartedInPlace':
      'The pod that a majority names restarted empty and locked: it is opened again for the same partition, cold.',
    'reasons.ClaimSuperseded':
      'A pod claims a partition that a majority of sentinels gives to another pod: it is released.',
    'reasons.ClaimDuplicate':
      'Several pods claim one partition that no sentinel knows: one is kept, the others are released.',
    'reasons.StandbyMissing':
      'The cache cluster has fewer standbys in a datacenter than declared: one that restarted, or an idle pod, is kept for it.',
    'reasons.StandbyNotArmed':
      'A sentinel does not list exactly the standby of the partition: the name is written anew with it in one write.',
    'reasons.OptionsDiffer':
      'A sentinel holds other options than declared for the partition: they are set in one write.',
    'reasons.ReplicaMissing':
      'A replicated partition has fewer pods than declared: an idle pod on another machine joins it.',
    'reasons.CopiesLost':
      'No pod of a replicated partition is left that holds its data: it starts again, empty, so that Sentinel has a master to see.',
    'reasons.ReplicaPromoted':
      'The master of a replicated partition is dead, or restarted empty, and no sentinel can promote a replica: the pod with most of its data gets the name.',
    'reasons.ReplicaDetached':
      'A pod of a replicated partition follows no master or the wrong one: it is told to follow.',
    'reasons.MinReplicasDiffer':
      'A pod requires another number of replicas for a write than its cache cluster declares: it is told the declared one.',
    'reasons.InfoAllowed':
      'Every sentinel was heard and none lists the pod under another name: they may ask it for INFO, which they try many times a second else.',
    'reasons.InfoWithheld':
      'A sentinel lists a bound pod under another name: no sentinel may ask it for INFO, so that none promotes it.',
    'reasons.GroupWithoutMajority':
      'Fewer than a majority of the sentinels of the group answer: the group is left alone.',
    'reasons.SentinelTilted':
      'A sentinel is in TILT: it gets no name of a partition written and its votes do not count.',
    'reasons.TiltEnded':
      'A sentinel in TILT that knows no name would never leave it: it gets a throw-away name to look at, which is taken back when TILT is over.',
    'reasons.SentinelUnreachable': 'A sentinel does not answer: what it should know is written when it is back.',
    'reasons.SentinelsDisagree':
      'The sentinels give different addresses: the pod that a majority gives, else the one whose own marker claims the partition, is told to all of them.',
    'reasons.PodCrashed':
      'The pod of the partition refuses connections and a majority of sentinels has lost it: the name goes to a standby or an idle pod.',
    'reasons.PodSilent':
      'The pod of the partition does not answer and a majority of sentinels calls it down: the name goes to a standby or an idle pod.',
    'reasons.FailoverAdopted':
      'Sentinel moved the partition to its standby by itself: the standby becomes the pod of the partition.',
    'reasons.BudgetSpent':
      'More replacements than the budget allows in its window: the rest waits until the window has moved on.',
    'reasons.PersonNeeded': 'The partition failed six times in a row: nothing more is tried until a person looks.',
    'reasons.BarnIsolated':
      'Many pods do not answer us but the sentinels see them: the operator is the isolated one and does nothing.',
    'reasons.NameRemoved':
      'Sentinels know a partition that is declared no more, or no more in their group: they are told to forget it.',
    'reasons.RemovalHeld':
      'Sentinels know partitions but nothing at all is declared, or a datacenter could not be read: nothing is removed.',
    'reasons.PodReleased':
      'A pod is claimed for something that is declared no more and that no sentinel lists: it is released.',
    'reasons.StandbySurplus':
      'A cache cluster has more standbys in a datacenter than declared, or one is being emptied: it is released.',
    'reasons.ReplicaSurplus':
      'A replicated partition has more pods than declared, or one is being emptied: a replica is released.',
    'reasons.ReplicaForgotten':
      'A sentinel lists a replica that is none of the partition any more: the name is written anew in one write.',
    'reasons.CopiesChanged':
      'The number of copies of a partition has changed between one and several: its pod takes on the other kind of claim.',
    'reasons.Draining': 'The pod or its machine is being emptied: the partition moves, with its data, to another pod.',
    'reasons.TierDiffers': 'The partition is on a pod of another tier than declared: it moves, with its data.',
    'reasons.PlacementDiffers':
      'The partition is in a datacenter that its placement no longer allows: it moves, with its data.',
    'reasons.SpreadBetter':
      'A cache cluster is spread worse than it could be: one partition moves, with its data, nearer to the bound.',
    'reasons.ShelterShared': 'Several partitions fell back on one standby: all but one move to pods of their own.',
    'reasons.MoveCopying': 'The new pod of a moving partition still copies: the hand-over waits.',
    'reasons.MoveUnfinished':
      'A pod holds the partition at a higher epoch than the sentinels: an earlier move was cut off before they were told.',
    'reasons.MoveAbandoned':
      'A move is wanted no more, or its source is gone: the pod that was taking over is released.',
    'reasons.ReserveKept':
      'A voluntary move would take an idle pod that the loss of a machine would need: it waits until more are idle.',
    'reasons.MovesLimited': 'As many partitions are moving as may at once: the rest waits.',
    'reasons.PodUnreachable':
      'The pod that the sentinels agree on does not answer us, and too few sentinels have lost it: unknown is not dead.',
    'reasons.PodClaimedByOther':
      "The pod that the sentinels name says that it is something else's: the name goes to a pod of its own, or nothing is written for this partition.",
    'reasons.NoIdlePod': 'No idle pod of the tier is left where one is needed: the partition waits.',
    'reasons.StandbyUnavailable':
      'No idle pod can be kept as standby here: the partition runs without one, elections off.',
    'reasons.FailoverUnderWay':
      'The sentinels are failing this partition over: it is theirs until they are done, or have had twice the failover-timeout.',
    'reasons.DatacenterUnread':
      'The KubeCluster of a datacenter could not be read: nothing is concluded from what is missing there.',
    'reasons.DeclarationsDiffer':
      'The KubeClusters that have the cache cluster do not declare it the same: the declaration written last counts.',
    'reasons.NoSentinelGroup':
      'The cache cluster has no sentinel group: the one it names is not in the farm, or it names none and none has room: it waits.',
  },
  ko: {
    'reasons.PartitionUnbound':
      '이 파티션을 아는 센티널도, 맡은 파드도 없습니다. 장애가 가장 잘 분산되는 유휴 파드를 배정합니다.',
    'reasons.PartitionNotNamed':
      '파드가 파티션에 배정되었지만 아직 어느 센티널도 모릅니다. 앞선 패스가 중간에 끊긴 것이므로 그때의 선택을 그대로 유지합니다.',
    'reasons.SentinelBare': '그룹의 한 센티널이 나머지가 합의한 파티션을 모릅니다. 합의된 주소와 에포크를 알려 줍니다.',
    'reasons.PodHalfOpen':
      '파드가 클레임을 지니고 있지만 규칙이나 애플리케이션 사용자가 설정되지 않았습니다. 개방 절차를 마저 끝냅니다.',
    'reasons.PodRestartedInPlace':
      '과반수가 가리키는 파드가 빈 채로 잠겨 재시작되었습니다. 같은 파티션으로 다시 엽니다. 캐시는 비어 있습니다.',
    'reasons.ClaimSuperseded':
      '파드가 맡았다고 하는 파티션을 센티널 과반수는 다른 파드에 주었습니다. 이 파드를 풀어 줍니다.',
    'reasons.ClaimDuplicate':
      '센티널이 모르는 한 파티션을 여러 파드가 맡고 있습니다. 하나만 남기고 나머지는 풀어 줍니다.',
    'reasons.StandbyMissing':
      '캐시 클러스터의 스탠바이가 어느 데이터센터에서 선언보다 적습니다. 재시작된 스탠바이나 유휴 파드를 스탠바이로 둡니다.',
    'reasons.StandbyNotArmed':
      '어떤 센티널의 목록이 이 파티션의 스탠바이와 정확히 일치하지 않습니다. 스탠바이를 포함해 이름을 한 번에 새로 씁니다.',
    'reasons.OptionsDiffer': '센티널이 파티션에 대해 선언과 다른 옵션을 갖고 있습니다. 한 번에 맞춰 씁니다.',
    'reasons.ReplicaMissing': '복제 파티션의 파드 수가 선언보다 적습니다. 다른 머신의 유휴 파드가 합류합니다.',
    'reasons.CopiesLost':
      '복제 파티션의 데이터를 가진 파드가 하나도 남지 않았습니다. 센티널이 마스터를 볼 수 있도록 빈 상태로 다시 시작합니다.',
    'reasons.ReplicaPromoted':
      '복제 파티션의 마스터가 죽었거나 빈 채로 재시작되었고, 어느 센티널도 복제본을 승격할 수 없습니다. 데이터를 가장 많이 가진 파드가 이름을 받습니다.',
    'reasons.ReplicaDetached':
      '복제 파티션의 파드가 마스터를 따르지 않거나 엉뚱한 마스터를 따릅니다. 올바른 마스터를 따르게 합니다.',
    'reasons.MinReplicasDiffer':
      '파드가 쓰기에 요구하는 복제본 수가 캐시 클러스터의 선언과 다릅니다. 선언된 수를 알려 줍니다.',
    'reasons.InfoAllowed':
      '모든 센티널의 응답을 들었고, 어느 센티널도 이 파드를 다른 이름으로 목록에 두지 않습니다. 이제 INFO를 물어도 됩니다. 막아 두면 센티널이 초당 여러 번 시도합니다.',
    'reasons.InfoWithheld':
      '센티널이 배정된 파드를 다른 이름으로 목록에 두었거나, 이 파드에서 복사가 진행 중입니다. 어느 센티널도 승격하지 못하도록 INFO를 묻지 못하게 합니다.',
    'reasons.GroupWithoutMajority': '그룹의 센티널 가운데 과반수가 응답하지 않습니다. 이 그룹은 그대로 둡니다.',
    'reasons.SentinelTilted': '센티널이 TILT 상태입니다. 파티션 이름을 쓰지 않으며 그 표는 세지 않습니다.',
    'reasons.TiltEnded':
      '아는 이름이 없는 센티널은 TILT에서 스스로 벗어나지 못합니다. 지켜볼 임시 이름을 주고, TILT가 끝나면 거두어들입니다.',
    'reasons.SentinelUnreachable': '센티널이 응답하지 않습니다. 알아야 할 내용은 돌아왔을 때 씁니다.',
    'reasons.SentinelsDisagree':
      '센티널마다 다른 주소를 알려 줍니다. 과반수가 가리키는 파드를, 없으면 스스로의 표식으로 이 파티션을 맡은 파드를 모두에게 알립니다.',
    'reasons.PodCrashed':
      '파티션의 파드가 연결을 거부하고 센티널 과반수도 파드를 잃었습니다. 이름이 스탠바이나 유휴 파드로 넘어갑니다.',
    'reasons.PodSilent':
      '파티션의 파드가 응답하지 않고 센티널 과반수가 죽었다고 판단했습니다. 이름이 스탠바이나 유휴 파드로 넘어갑니다.',
    'reasons.FailoverAdopted': '센티널이 스스로 파티션을 스탠바이로 옮겼습니다. 그 스탠바이가 파티션의 파드가 됩니다.',
    'reasons.BudgetSpent': '정해진 시간 안에 허용된 예산보다 교체가 많습니다. 나머지는 시간이 지날 때까지 기다립니다.',
    'reasons.PersonNeeded': '이 파티션은 연속 여섯 번 실패했습니다. 사람이 확인할 때까지 더 시도하지 않습니다.',
    'reasons.BarnIsolated':
      '많은 파드가 우리에게 응답하지 않지만 센티널은 보고 있습니다. 고립된 쪽은 오퍼레이터이므로 아무것도 하지 않습니다.',
    'reasons.NameRemoved':
      '센티널이 더는 선언되지 않았거나 더는 그 그룹에 속하지 않는 파티션을 알고 있습니다. 잊으라고 알립니다.',
    'reasons.RemovalHeld':
      '센티널은 파티션을 알지만 선언된 것이 전혀 없거나 데이터센터를 읽을 수 없었습니다. 아무것도 지우지 않습니다.',
    'reasons.PodReleased': '파드가 더는 선언되지 않고 어느 센티널에도 없는 것을 맡고 있습니다. 파드를 풀어 줍니다.',
    'reasons.StandbySurplus':
      '캐시 클러스터의 스탠바이가 어느 데이터센터에서 선언보다 많거나 드레인 중입니다. 풀어 줍니다.',
    'reasons.ReplicaSurplus': '복제 파티션의 파드가 선언보다 많거나 하나가 드레인 중입니다. 복제본 하나를 풀어 줍니다.',
    'reasons.ReplicaForgotten':
      '센티널이 더는 이 파티션의 것이 아닌 복제본을 목록에 두고 있습니다. 이름을 한 번에 새로 씁니다.',
    'reasons.CopiesChanged': '파티션의 사본 수가 하나와 여럿 사이에서 바뀌었습니다. 파드의 클레임 종류를 바꿉니다.',
    'reasons.Draining': '파드나 그 머신을 드레인 중입니다. 파티션이 데이터와 함께 다른 파드로 옮겨 갑니다.',
    'reasons.TierDiffers': '파티션이 선언과 다른 티어의 파드에 있습니다. 데이터와 함께 옮겨 갑니다.',
    'reasons.PlacementDiffers': '파티션이 더는 배치가 허용되지 않는 데이터센터에 있습니다. 데이터와 함께 옮겨 갑니다.',
    'reasons.SpreadBetter':
      '캐시 클러스터를 더 고르게 분산할 수 있습니다. 파티션 하나가 데이터와 함께 이상적인 분산에 가까워지도록 옮겨 갑니다.',
    'reasons.ShelterShared': '여러 파티션이 한 스탠바이로 피신했습니다. 하나만 남기고 각자의 파드로 옮깁니다.',
    'reasons.MoveCopying': '옮겨 가는 파티션의 새 파드가 아직 복사하는 중입니다. 인계는 기다립니다.',
    'reasons.MoveUnfinished':
      '센티널이 아는 것보다 높은 에포크로 파티션을 맡은 파드가 있습니다. 앞선 이동이 센티널에 알리기 전에 끊겼습니다.',
    'reasons.MoveAbandoned': '이동이 더는 필요 없거나 원본이 사라졌습니다. 넘겨받던 파드를 풀어 줍니다.',
    'reasons.ReserveKept':
      '자발적 이동이 머신 하나를 잃을 때 필요한 유휴 파드를 쓰게 됩니다. 유휴 파드가 늘 때까지 기다립니다.',
    'reasons.MovesLimited': '동시에 옮길 수 있는 만큼 이미 파티션이 옮겨 가고 있습니다. 나머지는 기다립니다.',
    'reasons.PodUnreachable':
      '센티널이 합의한 파드가 우리에게 응답하지 않지만, 파드를 잃은 센티널은 너무 적습니다. 알 수 없음은 죽음이 아닙니다.',
    'reasons.PodClaimedByOther':
      '센티널이 가리키는 파드는 자신이 다른 것에 속한다고 합니다. 이름을 전용 파드로 옮기거나, 이 파티션에는 아무것도 쓰지 않습니다.',
    'reasons.NoIdlePod': '필요한 곳에 해당 티어의 유휴 파드가 남아 있지 않습니다. 파티션은 기다립니다.',
    'reasons.StandbyUnavailable':
      '여기에 스탠바이로 둘 유휴 파드가 없습니다. 파티션은 스탠바이 없이, 선출을 끈 채로 동작합니다.',
    'reasons.FailoverUnderWay':
      '센티널이 이 파티션을 장애 조치하는 중입니다. 끝나거나 failover-timeout의 두 배가 지날 때까지 센티널에 맡깁니다.',
    'reasons.DatacenterUnread':
      '데이터센터의 KubeCluster를 읽을 수 없었습니다. 그곳에 없는 것으로부터 아무 결론도 내리지 않습니다.',
    'reasons.DeclarationsDiffer':
      '캐시 클러스터를 가진 KubeCluster들의 선언이 서로 다릅니다. 가장 나중에 쓰인 선언을 따릅니다.',
    'reasons.NoSentinelGroup':
      '캐시 클러스터에 센티널 그룹이 없습니다. 지정한 그룹이 팜에 없거나, 지정하지 않았고 자리가 있는 그룹도 없습니다. 기다립니다.',
  },
} as const;
