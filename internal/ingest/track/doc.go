// Package track takes events that programs send over the Segment tracking API
// (track, identify, group, page, screen, alias, batch) and makes facts of them:
// uses of the product, learning, people, accounts, and links between the names
// that one person goes by. An event is acknowledged when its facts are on disk.
//
// It stores nothing itself: facts go to the warehouse's stream, the mapping of
// events, the tracking plan and withdrawn links to the settings of the
// workspace. Who may send is decided before it, or by a callback when the key
// comes in the body. Package snippet, below, holds the script for web pages.
//
// # From event to fact
//
// A request passes readEnvelope (limits, strict JSON), decodeEvent (one event,
// as sent), judge (rules, each with a remedy) and the writer, which gathers the
// events of many requests, turns them into rows with what is mapped at that
// moment, and hands them to the stream in one go.
package track
