extension Descriptions {
    static let apps = """
        package io.k8s.api.apps.v1
        Deployment: Keeps a number of equal pods and brings changes to them step by step, with a way back.
          spec: How many, what they are like, and how changes are rolled out.
          status: How far it is.
        DeploymentSpec: Equal pods and how changes are brought to them.
          replicas: How many pods; 1 unless said.
          selector: Labels of its pods; those of the template have to fit. Cannot be changed.
          template: What the pods are like. A change of it is a new revision, rolled out.
          strategy: How new pods take the place of old ones.
          minReadySeconds: How long a pod has to be ready to count as available.
          revisionHistoryLimit: How many old ReplicaSets are kept for a way back; 10 unless said.
          paused: Whether changes wait.
          progressDeadlineSeconds: After how many seconds without progress it is told as failed; 600 unless said.
        DeploymentStrategy: How new pods take the place of old ones.
          type: RollingUpdate (the default), or Recreate: first all old ones go.
          rollingUpdate: How many at a time.
        RollingUpdateDeployment: How many pods change at a time.
          maxUnavailable: How many, or how many per cent, may be missing meanwhile; 25% unless said.
          maxSurge: How many, or how many per cent, may be there besides; 25% unless said.
        DeploymentStatus: How far a Deployment is.
          replicas: Its pods that are not ending.
          updatedReplicas: Those of the present template.
          readyReplicas: Those that are ready.
          availableReplicas: Those that have been ready for minReadySeconds.
          unavailableReplicas: How many are missing.
          terminatingReplicas: Those that are ending.
          conditions: Available, Progressing, ReplicaFailure.
          collisionCount: How often a ReplicaSet's name was taken.
        DeploymentCondition: One aspect of a Deployment's state.
          type: Available, Progressing or ReplicaFailure.
          status: True, False or Unknown.
          lastUpdateTime: When it was last written.
        ReplicaSet: Keeps a number of equal pods; usually a Deployment's.
          spec: How many, and what they are like.
          status: How many there are.
        ReplicaSetSpec: A number of equal pods.
          replicas: How many; 1 unless said.
          minReadySeconds: How long a pod has to be ready to count as available.
          selector: Labels of its pods. Cannot be changed.
          template: What the pods are like.
        ReplicaSetStatus: How many pods there are.
          replicas: Its pods that are not ending.
          fullyLabeledReplicas: Those with all labels of the template.
          readyReplicas: Those that are ready.
          availableReplicas: Those that have been ready for minReadySeconds.
          terminatingReplicas: Those that are ending.
          conditions: Aspects of its state.
        StatefulSet: Keeps pods with lasting names, addresses and volumes, one after the other.
          spec: How many, what they are like, and what each keeps.
          status: How far it is.
        StatefulSetSpec: Pods that are told apart.
          replicas: How many; 1 unless said.
          selector: Labels of its pods. Cannot be changed.
          template: What the pods are like; their names are the set's with a number.
          volumeClaimTemplates: Claims that each pod gets for itself and keeps.
          serviceName: The headless Service below which the pods have their names. Cannot be changed.
          podManagementPolicy: OrderedReady (the default), one after the other, or Parallel.
          updateStrategy: How changes are brought to the pods.
          revisionHistoryLimit: How many old revisions are kept; 10 unless said.
          minReadySeconds: How long a pod has to be ready to count as available.
          persistentVolumeClaimRetentionPolicy: What becomes of the claims; they stay unless said.
          ordinals: With which number the pods begin.
        StatefulSetUpdateStrategy: How changes are brought to the pods.
          type: RollingUpdate (the default), or OnDelete: a pod that is deleted comes again as it should be.
          rollingUpdate: How far and how many at a time.
        RollingUpdateStatefulSetStrategy: How far and how many at a time.
          partition: Pods with lower numbers keep the old template.
          maxUnavailable: How many, or how many per cent, may be missing meanwhile; 1 unless said.
        StatefulSetPersistentVolumeClaimRetentionPolicy: What becomes of the claims.
          whenDeleted: When the set is deleted: Retain or Delete.
          whenScaled: When there are fewer pods: Retain or Delete.
        StatefulSetOrdinals: The pods' numbers.
          start: The first one; 0 unless said.
        StatefulSetStatus: How far a StatefulSet is.
          replicas: Its pods.
          readyReplicas: Those that are ready.
          currentReplicas: Those of the old revision.
          updatedReplicas: Those of the new revision.
          currentRevision: The old revision.
          updateRevision: The new revision.
          availableReplicas: Those that have been ready for minReadySeconds.
          collisionCount: How often a revision's name was taken.
          conditions: Aspects of its state.
        DaemonSet: Keeps one pod on every node, or on every node of a kind.
          spec: What the pods are like.
          status: On how many nodes they are.
        DaemonSetSpec: One pod a node.
          selector: Labels of its pods. Cannot be changed.
          template: What the pods are like, and by nodeSelector, affinity and tolerations on which nodes.
          updateStrategy: How changes are brought to the pods.
          minReadySeconds: How long a pod has to be ready to count as available.
          revisionHistoryLimit: How many old revisions are kept; 10 unless said.
        DaemonSetUpdateStrategy: How changes are brought to the pods.
          type: RollingUpdate (the default), or OnDelete: a pod that is deleted comes again as it should be.
          rollingUpdate: How many at a time.
        RollingUpdateDaemonSet: How many at a time.
          maxUnavailable: On how many nodes, or how many per cent, it may be missing; 1 unless said.
          maxSurge: On how many nodes, or how many per cent, old and new may run together; 0 unless said.
        DaemonSetStatus: On how many nodes the pods are.
          currentNumberScheduled: Nodes that should have it and do.
          numberMisscheduled: Nodes that have it and should not.
          desiredNumberScheduled: Nodes that should have it.
          numberReady: Nodes where it is ready.
          updatedNumberScheduled: Nodes where it is of the present template.
          numberAvailable: Nodes where it has been ready for minReadySeconds.
          numberUnavailable: Nodes that should have it and where it is not available.
          collisionCount: How often a revision's name was taken.
          conditions: Aspects of its state.
        ReplicaSetCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a ReplicaSet's state.
        StatefulSetCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a StatefulSet's state.
        DaemonSetCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a DaemonSet's state.
        ControllerRevision: An old or present template of a StatefulSet or DaemonSet.
          data: The template.
          revision: Its number.
        """
    static let batch = """
        package io.k8s.api.batch.v1
        Job: Runs pods until so many of them have succeeded.
          spec: What runs, how often and how much at a time.
          status: How far it is.
        JobSpec: Work that comes to an end.
          parallelism: How many pods at a time; 1 unless said.
          completions: How many have to succeed; when it is not given, one success ends the work.
          completionMode: NonIndexed (the default), or Indexed: each number from 0 has to succeed once.
          activeDeadlineSeconds: After how many seconds the job is ended as failed.
          backoffLimit: How many failures are made good by another pod; 6 unless said.
          backoffLimitPerIndex: The same for each index.
          maxFailedIndexes: How many indexes may fail.
          podFailurePolicy: Failures that end the job, or do not count.
          successPolicy: When an indexed job counts as done before every index has succeeded.
          selector: Labels of its pods; made by the server.
          manualSelector: Whether selector is the writer's own.
          template: What the pods are like; their restartPolicy is Never or OnFailure.
          ttlSecondsAfterFinished: How many seconds after its end the job is deleted; it stays unless said.
          suspend: Whether no pods are to run.
          podReplacementPolicy: TerminatingOrFailed makes a new pod as soon as the old one is ending, Failed when it has failed.
          managedBy: Who looks after the job, in place of the built-in controller.
        JobStatus: How far a job is.
          conditions: Complete, Failed, Suspended, SuccessCriteriaMet, FailureTarget.
          startTime: When it was begun.
          completionTime: When it was done.
          active: Pods that run or wait.
          ready: Pods that are ready.
          terminating: Pods that are ending.
          succeeded: Pods that have succeeded.
          failed: Pods that have failed.
          completedIndexes: Indexes that have succeeded, such as 1,3-5.
          failedIndexes: Indexes that have failed.
          uncountedTerminatedPods: Pods that have ended and are about to be counted.
        JobCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a Job's state.
        PodFailurePolicy: What failures mean.
          rules: The first that fits counts.
        PodFailurePolicyRule: What a failure means.
          action: FailJob, FailIndex, Ignore or Count.
          onExitCodes: By the containers' exit codes.
          onPodConditions: By the pod's conditions.
        PodFailurePolicyOnExitCodesRequirement: Exit codes.
          containerName: The container; any unless said.
          operator: In or NotIn.
          values: The codes; 0 cannot be among those of In.
        PodFailurePolicyOnPodConditionsPattern: A condition of a pod.
          type: Its type.
          status: Its status; True unless said.
        SuccessPolicy: When an indexed job counts as done.
          rules: One has to hold.
        SuccessPolicyRule: What has to have succeeded.
          succeededIndexes: These indexes, such as 0,2-4.
          succeededCount: So many of them.
        CronJob: Makes a Job at certain times.
          spec: When, and which.
          status: When it last did.
        CronJobSpec: Which Job, and when.
          schedule: Minute, hour, day of the month, month and day of the week, as in cron; or @daily and its like.
          timeZone: The time zone of the schedule, such as Europe/Berlin; the server's unless said.
          startingDeadlineSeconds: How late a Job may be begun.
          concurrencyPolicy: Whether another Job may run beside: Allow (the default), Forbid, or Replace.
          suspend: Whether no Jobs are to be begun.
          jobTemplate: What the Jobs are like.
          successfulJobsHistoryLimit: How many that have succeeded are kept; 3 unless said.
          failedJobsHistoryLimit: How many that have failed are kept; 1 unless said.
        JobTemplateSpec: The Jobs of a CronJob.
          spec: What runs, how often and how much at a time.
        CronJobStatus: When a CronJob last made a Job.
          active: Jobs that run.
          lastScheduleTime: When one was last begun.
          lastSuccessfulTime: When one last succeeded.
        """
}
