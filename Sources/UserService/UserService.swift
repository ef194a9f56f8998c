// # UserService
//
// The users tutorial's service as routes: its paths, its sentences, its arrays (`UserRoutes`), over the users' table
// (`Records`). The gateway serves it on the cluster's database, and the sample image `users` on one in a pod.
//
// Absent on purpose: tables and passwords (Records), who may call it (nobody is asked, as in the tutorial).
