package xapi

import (
	"cmp"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Equal tells whether two statements say the same, as the specification
// compares statements: one sent again under an id, or one within a signature.
// difference is the JSON path of the first difference, as $.result.duration; it
// shows no value, since the other statement may be one that the reader must not
// see.
//
// Ignored is what a record store assigns (stored, version and authority; id and
// timestamp where one of the two has none), the definitions of activities, the
// display of verbs, the zone in which a timestamp is written, the order of a
// Group's members, the data of attachments, an objectType or an array that goes
// without saying, and the case of what has none: UUIDs, hashes, language tags,
// media types, the domain of a mail address. Durations are compared as text, to
// hundredths of a second: PT120S is not PT2M. IRIs are compared character by
// character, and extensions as JSON values.
//
// Source: xAPI 1.0.3 Data 2.3.1 and 4.6.
func Equal(a, b *Statement) (same bool, difference string) {
	path := cmp.Or(
		diff(".id", a.ID == "" || b.ID == "" || strings.EqualFold(a.ID, b.ID)),
		diff(".timestamp", a.Timestamp == "" || b.Timestamp == "" || sameInstant(a.Timestamp, b.Timestamp)),
		diffSubStatement(a.asSub(), b.asSub()),
	)
	if path == "" {
		return true, ""
	}
	return false, "$" + path
}

// The functions below give the path of the first difference below their
// arguments, "" for none.

// diff gives the path of a property that differs.
func diff(path string, same bool) string {
	if same {
		return ""
	}
	return path
}

// in puts a path before what differs below it.
func in(path, below string) string {
	if below == "" {
		return ""
	}
	return path + below
}

// diffBoth compares what may be absent.
func diffBoth[T any](path string, a, b *T, below func(a, b *T) string) string {
	if a == nil || b == nil {
		return diff(path, a == b)
	}
	return in(path, below(a, b))
}

// diffEach compares lists in order.
func diffEach[T any](path string, a, b []T, below func(a, b *T) string) string {
	if len(a) != len(b) {
		return path
	}
	for i := range a {
		if d := below(&a[i], &b[i]); d != "" {
			return path + "[" + strconv.Itoa(i) + "]" + d
		}
	}
	return ""
}

// diffValue compares numbers and truth values that may be absent.
func diffValue[T comparable](path string, a, b *T) string {
	return diff(path, a == b || a != nil && b != nil && *a == *b)
}

// diffSubStatement compares all but the id and the assigned properties. The
// timestamp of a statement is left to the caller: only that of a SubStatement is
// always its author's.
func diffSubStatement(a, b *SubStatement) string {
	return cmp.Or(
		in(".actor", diffActor(&a.Actor, &b.Actor)),
		diff(".verb.id", a.Verb.ID == b.Verb.ID),
		in(".object", diffObject(&a.Object, &b.Object)),
		diffBoth(".result", a.Result, b.Result, diffResult),
		diffBoth(".context", a.Context, b.Context, diffContext),
		diffEach(".attachments", a.Attachments, b.Attachments, diffAttachment),
	)
}

func diffActor(a, b *Actor) string {
	return cmp.Or(
		diff(".objectType", a.objectType() == b.objectType()),
		diff(".name", a.Name == b.Name),
		diff(".mbox", foldMailDomain(a.Mbox) == foldMailDomain(b.Mbox)),
		diff(".mbox_sha1sum", strings.EqualFold(a.MboxSHA1Sum, b.MboxSHA1Sum)),
		diff(".openid", a.OpenID == b.OpenID),
		diffBoth(".account", a.Account, b.Account, diffAccount),
		diff(".member", slices.Equal(memberKeys(a.Member), memberKeys(b.Member))),
	)
}

func (a *Actor) objectType() string { return cmp.Or(a.ObjectType, "Agent") }

func diffAccount(a, b *Account) string {
	return cmp.Or(diff(".homePage", a.HomePage == b.HomePage), diff(".name", a.Name == b.Name))
}

// memberKeys gives one text for each member, sorted: members are equal when
// their texts are.
func memberKeys(members []Actor) []string {
	keys := make([]string, len(members))
	for i, m := range members {
		m.Mbox = foldMailDomain(m.Mbox)
		m.MboxSHA1Sum = strings.ToLower(m.MboxSHA1Sum)
		nested := memberKeys(m.Member)
		m.Member = nil
		keys[i] = string(m.AppendJSON(nil)) + strings.Join(nested, "")
	}
	slices.Sort(keys)
	return keys
}

func diffObject(a, b *Object) string {
	switch {
	case a.Activity != nil && b.Activity != nil:
		return diffActivity(a.Activity, b.Activity)
	case a.Actor != nil && b.Actor != nil:
		return diffActor(a.Actor, b.Actor)
	case a.SubStatement != nil && b.SubStatement != nil:
		return cmp.Or(
			diffSubStatement(a.SubStatement, b.SubStatement),
			diff(".timestamp", sameInstant(a.SubStatement.Timestamp, b.SubStatement.Timestamp)),
		)
	case a.isReference() && b.isReference():
		return diff(".id", strings.EqualFold(a.StatementRef, b.StatementRef))
	}
	return ".objectType"
}

func (o *Object) isReference() bool {
	return o.Activity == nil && o.Actor == nil && o.SubStatement == nil
}

func diffActivity(a, b *Activity) string { return diff(".id", a.ID == b.ID) }

func diffResult(a, b *Result) string {
	return cmp.Or(
		diffBoth(".score", a.Score, b.Score, diffScore),
		diffValue(".success", a.Success, b.Success),
		diffValue(".completion", a.Completion, b.Completion),
		diff(".response", a.Response == b.Response),
		diff(".duration", sameDuration(a.Duration, b.Duration)),
		diffExtensions(a.Extensions, b.Extensions),
	)
}

func diffScore(a, b *Score) string {
	return cmp.Or(
		diffValue(".scaled", a.Scaled, b.Scaled),
		diffValue(".raw", a.Raw, b.Raw),
		diffValue(".min", a.Min, b.Min),
		diffValue(".max", a.Max, b.Max),
	)
}

func diffContext(a, b *Context) string {
	return cmp.Or(
		diff(".registration", strings.EqualFold(a.Registration, b.Registration)),
		diffBoth(".instructor", a.Instructor, b.Instructor, diffActor),
		diffBoth(".team", a.Team, b.Team, diffActor),
		diffContextActivities(a.ContextActivities, b.ContextActivities),
		diff(".revision", a.Revision == b.Revision),
		diff(".platform", a.Platform == b.Platform),
		diff(".language", strings.EqualFold(a.Language, b.Language)),
		diff(".statement.id", strings.EqualFold(a.Statement, b.Statement)),
		diffExtensions(a.Extensions, b.Extensions),
		diffEach(".contextAgents", a.Agents, b.Agents, diffContextActor(".agent")),
		diffEach(".contextGroups", a.Groups, b.Groups, diffContextActor(".group")),
	)
}

// diffContextActivities takes none at all for empty lists.
func diffContextActivities(a, b *ContextActivities) string {
	var none ContextActivities
	a, b = cmp.Or(a, &none), cmp.Or(b, &none)
	return in(".contextActivities", cmp.Or(
		diffEach(".parent", a.Parent, b.Parent, diffActivity),
		diffEach(".grouping", a.Grouping, b.Grouping, diffActivity),
		diffEach(".category", a.Category, b.Category, diffActivity),
		diffEach(".other", a.Other, b.Other, diffActivity),
	))
}

func diffContextActor(role string) func(a, b *ContextActor) string {
	return func(a, b *ContextActor) string {
		return cmp.Or(
			in(role, diffActor(&a.Actor, &b.Actor)),
			diff(".relevantTypes", slices.Equal(a.RelevantTypes, b.RelevantTypes)),
		)
	}
}

func diffAttachment(a, b *Attachment) string {
	return cmp.Or(
		diff(".usageType", a.UsageType == b.UsageType),
		diff(".display", sameLanguages(a.Display, b.Display)),
		diff(".description", sameLanguages(a.Description, b.Description)),
		diff(".contentType", sameMediaType(a.ContentType, b.ContentType)),
		diff(".length", a.Length == b.Length),
		diff(".sha2", strings.EqualFold(a.SHA2, b.SHA2)),
		diff(".fileUrl", a.FileURL == b.FileURL),
	)
}

// diffExtensions names the extension that differs, the first in sorted order.
func diffExtensions(a, b Extensions) string {
	var different []string
	for key, value := range a {
		if other, ok := b[key]; !ok || !sameJSON(value, other) {
			different = append(different, key)
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			different = append(different, key)
		}
	}
	if len(different) == 0 {
		return ""
	}
	return ".extensions[" + strconv.Quote(slices.Min(different)) + "]"
}

func sameLanguages(a, b LanguageMap) bool {
	if len(a) != len(b) {
		return false
	}
	lower := make(map[string]string, len(b))
	for tag, text := range b {
		lower[strings.ToLower(tag)] = text
	}
	for tag, text := range a {
		if other, ok := lower[strings.ToLower(tag)]; !ok || other != text {
			return false
		}
	}
	return true
}

// sameMediaType compares types and names of parameters without their case.
func sameMediaType(a, b string) bool {
	if a == b {
		return true
	}
	typeA, paramsA, errA := mime.ParseMediaType(a)
	typeB, paramsB, errB := mime.ParseMediaType(b)
	return errA == nil && errB == nil && mime.FormatMediaType(typeA, paramsA) == mime.FormatMediaType(typeB, paramsB)
}

func sameInstant(a, b string) bool {
	if a == b {
		return true
	}
	timeA, okA := instant(a)
	timeB, okB := instant(b)
	return okA && okB && timeA.Equal(timeB)
}

// instant reads a timestamp of either version.
func instant(text string) (time.Time, bool) {
	for _, v := range []Version{V1, V2} {
		if t, err := ParseTimestamp(v, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// sameDuration compares durations as text, to hundredths of a second.
func sameDuration(a, b string) bool { return a == b || hundredths(a) == hundredths(b) }

// hundredths cuts a duration after hundredths of a second and drops zeros at the
// fraction's end.
func hundredths(text string) string {
	d, err := ParseDuration(text)
	if err != nil {
		return text
	}
	cut, isSeconds := strings.CutSuffix(d.Truncated(), "S")
	if !isSeconds || !strings.ContainsAny(cut, ".,") {
		return d.Truncated()
	}
	return strings.TrimRight(strings.TrimRight(cut, "0"), ".,") + "S"
}
