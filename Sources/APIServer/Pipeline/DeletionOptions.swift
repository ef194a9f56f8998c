import ControlLoops

/// `ControlLoops`' options of a deletion, told apart from the typed view of the same name in `KubeAPI`.
typealias DeletionOptions = DeleteOptions
