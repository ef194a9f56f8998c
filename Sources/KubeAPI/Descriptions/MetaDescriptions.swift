extension Descriptions {
    static let meta = """
        package io.k8s.apimachinery.pkg.apis.meta.v1
        *:
          apiVersion: The group and version in which this object is written, such as "v1" or "apps/v1".
          kind: The kind of this object, in CamelCase. It cannot be changed.
          metadata: Name, namespace, labels and what else every object has.
          items: The objects of this list.
          observedGeneration: The metadata.generation that the controller had seen when it wrote this.
          lastTransitionTime: When the condition last went from one status to another.
          lastProbeTime: When the condition was last looked at.
          reason: One word in CamelCase why it is so, for programs.
          message: A sentence for people.
        ObjectMeta: What every object has: its name, its place, its labels, and what the server notes of it.
          name: The name, unique within kind and namespace; it cannot be changed.
          generateName: The beginning of a name that the server completes when no name is given.
          namespace: The namespace that the object lives in; "default" when it is empty. Objects of the cluster have none.
          selfLink: No longer filled in.
          uid: Made by the server; no other object, of any time, has the same.
          resourceVersion: Changes with every write. An update that carries an older one is refused; watches begin after one.
          generation: Counts the changes of what is wanted (the spec).
          creationTimestamp: When the server made the object.
          deletionTimestamp: When the object is to be gone; set when its deletion is asked for. It goes once finalizers is empty.
          deletionGracePeriodSeconds: How many seconds the object has to end by itself after its deletion was asked for.
          labels: Keys and values by which objects are selected.
          annotations: Keys and values that are kept for people and programs, and select nothing.
          ownerReferences: Objects that this one depends on; it is collected when all of them are gone. At most one is its controller.
          finalizers: What has to be done by others before the object may go; each removes its own entry.
          managedFields: Who has set which field, for server-side apply.
        ListMeta: What every list has.
          selfLink: No longer filled in.
          resourceVersion: The state of the cluster that the list shows; a watch may begin after it.
          continue: Where the next page begins, when the list was limited and there is more.
          remainingItemCount: How many objects there are after this page, where that is known.
        OwnerReference: Names an object that this one depends on, in the same namespace or of the cluster.
          kind: The owner's kind.
          name: The owner's name.
          uid: The owner's uid.
          apiVersion: The owner's group and version.
          controller: Whether this owner is the one that manages the object.
          blockOwnerDeletion: Whether the owner, deleted in the foreground, waits until this object is gone.
        ManagedFieldsEntry: The fields that one writer has set.
          manager: Who wrote.
          operation: How: Apply or Update.
          apiVersion: In which version of the kind the fields are named.
          time: When the set of fields last changed.
          fieldsType: The form of fieldsV1: "FieldsV1".
          fieldsV1: The fields, as a tree of names.
          subresource: The subresource that was written; empty for the object itself.
        LabelSelector: Selects objects by their labels; all of its requirements have to hold. An empty one selects everything.
          matchLabels: Labels that have to be there with just these values.
          matchExpressions: Requirements on labels.
        LabelSelectorRequirement: A requirement on one label.
          key: The label's key.
          operator: In, NotIn, Exists or DoesNotExist.
          values: The values that In and NotIn compare with; empty for the others.
        Condition: One aspect of an object's state.
          type: Which aspect, in CamelCase.
          status: True, False or Unknown.
        Status: The answer to a call that has no object to show, and to every call that failed.
          status: Success or Failure.
          details: More about the reason, by its kind.
          code: The HTTP status code.
        StatusDetails: What a failure is about.
          name: The object's name.
          group: The object's group.
          kind: The object's kind or resource.
          uid: The object's uid.
          causes: Each thing that was wrong.
          retryAfterSeconds: After how many seconds the call is worth trying again.
        StatusCause: One thing that was wrong.
          field: The path of the field, such as "spec.ports[0].port".
        DeleteOptions: How an object is to be deleted.
          gracePeriodSeconds: Seconds the object has to end by itself; 0 deletes at once. The kind's own when it is not given.
          preconditions: Deletes only the object that these describe.
          orphanDependents: Older form of propagationPolicy.
          propagationPolicy: Orphan leaves dependents, Background deletes them afterwards, Foreground before.
          dryRun: With "All" everything is checked and nothing is done.
        Preconditions: What has to be true of an object.
          uid: Its uid.
          resourceVersion: Its resourceVersion.
        WatchEvent: One change, as a watch tells it.
          type: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.
          object: The object after the change, or before its deletion; for ERROR a Status.
        """
}
