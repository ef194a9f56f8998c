import ControlLoops
import KubeAPI

extension EventRecorder {
    /// Tells something of an object of the node's, such as a container of a pod (by its `fieldPath`).
    func record(_ object: ObjectReference, isWarning: Bool, reason: String, message: String) {
        record(EventNote(regarding: object.json, isWarning ? .warning : .normal, reason, message))
    }
}
