package lrs_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/state"
)

// TestWhatIsRememberedOfActivitiesIsSmall projects 10 MB of statements about one
// activity each: what the projector keeps of activities must not keep the texts
// of the statements that named them.
func TestWhatIsRememberedOfActivitiesIsSmall(t *testing.T) {
	b := newBench(t)
	live := func() int64 {
		runtime.GC()
		runtime.GC() // what the first has made free
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	b.put("first", text("ann@x.com", "completed", "http://x.com/first", ""))
	b.catchUp()
	before := live()
	long := `"result":{"response":"` + strings.Repeat("x", 200_000) + `"}`
	var batch []state.NewStatement
	for i := range 50 {
		batch = append(batch, b.statement(fmt.Sprint(i), text("ann@x.com", "completed", fmt.Sprint("http://x.com/", i), long)))
	}
	_, err := b.store.PutStatements(t.Context(), batch, nil, nil)
	b.check(err)
	b.catchUp()
	b.want("SELECT count(*) FROM activity", "51")
	if grown := live() - before; grown > 3<<20 {
		t.Errorf("after 10 MB of statements %d kB more are in use", grown>>10)
	}
	runtime.KeepAlive(b)
}
