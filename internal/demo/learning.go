package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The programs and their courses; a course is an activity of the same key.
const (
	academy     = "Onboarding Academy"
	onboarding  = "onboarding"
	masterclass = "Masterclass"
	mastery     = "mastery"
)

type lesson struct{ title, feature, format string }

// course is what a learner goes through: lessons, a quiz, a certificate.
type course struct {
	key, program, title string
	lessons             []lesson
}

func courses() [2]course {
	return [2]course{
		{onboarding, academy, "Getting started", []lesson{
			{"First steps", "dashboards", "video"}, {"Finding things", "search", "text"}, {"Reports that answer", "reports", "interactive"},
			{"Alerts before trouble", "alerts", "video"}, {"Automate the routine", "automation", "interactive"}, {"Connect your tools", "api", "text"}}},
		{mastery, masterclass, "Mastering reports", []lesson{
			{"Designing a report", "reports", "video"}, {"Sharing and exports", "exports", "text"}, {"A report that people read", "reports", "live"}}},
	}
}

func (f *files) writeActivities() {
	published, reviewed := f.w.start(f.w.launch).AddDate(0, 0, -7), f.w.start(f.w.revised)
	for _, c := range courses() {
		add := func(key, title, kind, format string, position int, feature string) {
			place := ""
			if position > 0 {
				place = number(position)
			}
			f.activities.add(key, c.program, c.key, title, kind, format, place, feature, instant(published), instant(reviewed))
		}
		add(c.key, c.title, "course", "", 0, "")
		for i, l := range c.lessons {
			add(c.lesson(i), l.title, "lesson", l.format, i+1, l.feature)
		}
		add(c.key+"-quiz", c.title+": quiz", "quiz", "interactive", len(c.lessons)+1, "")
		add(c.key+"-certificate", c.title+": certificate", "certificate", "", len(c.lessons)+2, "")
	}
}

func (c *course) lesson(i int) string { return c.key + "-" + number(i+1) }

// school writes the learning of one account.
type school struct {
	f       *files
	a       *Account
	r       *rand.Rand
	n       int // rows so far
	done    int // people who completed onboarding
	courses [2]course
}

// writeLearning lets single people learn at any time, and the account as a whole
// in its month of training: only then do enough complete the course.
func (f *files) writeLearning(a *Account, people []*person) {
	s := &school{f: f, a: a, r: f.w.rand(a.Index, lessons), courses: courses()}
	staff := f.staff(a, people)
	for t := max(f.w.launch, a.First); t <= f.w.last(a); t++ {
		if t == a.SignupMonth {
			continue
		}
		if t == a.Trained {
			s.trainAll(staff, t)
		}
		for _, p := range staff {
			s.learnAlone(p, t)
		}
	}
}

// needed gives the fewest completions that make the account a trained one.
func (w *world) needed(a *Account) int {
	return int(math.Ceil(w.p.TrainShareOfSeats*float64(a.Seats) - 1e-9))
}

func (s *school) trainAll(staff []*person, t int) {
	left := s.f.w.needed(s.a) - s.done
	for _, i := range s.r.Perm(len(staff)) {
		if p := staff[i]; !p.completed && (left > 0 || s.r.Float64() < 0.15) {
			left--
			s.take(p, &s.courses[0], t, len(s.courses[0].lessons))
		}
	}
}

// learnAlone lets a person start on their own, and finish unless that alone
// would make the account a trained one.
func (s *school) learnAlone(p *person, t int) {
	trained := s.a.Trained != Never && t > s.a.Trained
	chance := 0.012
	if trained {
		chance = 0.02
	}
	switch u, part := s.r.Float64(), s.r.IntN(len(s.courses[0].lessons)); {
	case !p.started && u < chance:
		if s.r.Float64() < 0.5 && (trained || s.done+1 < s.f.w.needed(s.a)) {
			part = len(s.courses[0].lessons)
		}
		s.take(p, &s.courses[0], t, part)
	case p.completed && !p.mastery && u > 0.95:
		p.mastery = true
		s.take(p, &s.courses[1], t, part)
	}
}

// take writes a person's way through the first lessons of a course, and through
// its end if these are all. It begins on a day from 1 to 14 and ends by day 24.
func (s *school) take(p *person, c *course, t, upTo int) {
	day := s.f.w.start(t).AddDate(0, 0, s.r.IntN(14))
	at := day.Add(s.a.office(s.r) / 2)
	if !p.started || c.key != onboarding {
		s.add(p, at, c.key, "enrolled", "", "", 0)
	}
	s.add(p, at.Add(time.Minute), c.key, "started", "", "", 0)
	p.started = true
	whole := upTo >= len(c.lessons)
	for i := range min(upTo+1, len(c.lessons)) {
		at = at.Add(time.Duration(2+s.r.IntN(20)) * time.Hour)
		s.add(p, at, c.lesson(i), "started", "", "", 0)
		length := 240 + s.r.IntN(420)
		s.f.hours[c.program][t] += float64(length) / 3600
		if i == upTo { // gave up here
			s.add(p, at.Add(time.Minute), c.lesson(i), "progressed", "", "", float64(length)/3)
			return
		}
		s.add(p, at.Add(time.Duration(length)*time.Second), c.lesson(i), "completed", "", "", float64(length))
	}
	if whole {
		s.finish(p, c, at.Add(3*time.Hour))
	}
}

// finish writes quiz, completion and certificate.
func (s *school) finish(p *person, c *course, at time.Time) {
	for s.r.Float64() < 0.18 {
		s.grade(p, c, at, 0.35+0.3*s.r.Float64(), "failed")
		at = at.Add(time.Hour)
	}
	s.grade(p, c, at, 0.7+0.3*s.r.Float64(), "passed")
	at = at.Add(10 * time.Minute)
	s.add(p, at, c.key, "completed", "", "", 0)
	if s.r.Float64() < 0.85 {
		s.add(p, at.Add(time.Minute), c.key+"-certificate", "certified", "", "", 0)
	}
	if c.key == onboarding {
		p.completed = true
		s.done++
	}
	s.rate(p, c, at.Add(5*time.Minute))
}

func (s *school) grade(p *person, c *course, at time.Time, score float64, verdict string) {
	points := strconv.FormatFloat(score, 'f', 2, 64)
	s.add(p, at, c.key+"-quiz", "attempted", points, "", 300)
	s.add(p, at.Add(time.Second), c.key+"-quiz", verdict, points, strconv.FormatBool(verdict == "passed"), 0)
}

// rate writes what some learners say of the course.
func (s *school) rate(p *person, c *course, at time.Time) {
	if s.r.Float64() >= 0.4 {
		return
	}
	id := fmt.Sprintf("E%05d-%04d", s.a.Index+1, s.n)
	score := [...]int{10, 9, 8, 7, 6, 4}[pick(s.r, 0.25, 0.25, 0.2, 0.14, 0.1, 0.06)]
	words := ""
	if s.r.Float64() < 0.2 {
		words = [...]string{"Clear, and short enough", "More on integrations, please", "The quiz was too easy", "I could use it the same day"}[s.r.IntN(4)]
	}
	s.f.responses.add(id, instant(at), p.id, s.a.ID, "course-feedback", "How likely are you to recommend "+c.title+"?",
		"nps", "education", number(score), "10", words)
}

func (s *school) add(p *person, at time.Time, activity, verb, score, success string, seconds float64) {
	s.n++
	duration := ""
	if seconds > 0 {
		duration = strconv.FormatFloat(seconds, 'f', 0, 64)
	}
	s.f.learning.add(fmt.Sprintf("L%05d-%04d", s.a.Index+1, s.n), instant(at), s.actor(p, at), activity, verb,
		score, success, duration, s.a.Country)
}

// actor names a person by key, or now and then by an e-mail as typed by hand.
func (s *school) actor(p *person, at time.Time) string {
	if s.r.Float64() >= 0.05 {
		return p.id
	}
	s.f.mess[byMail]++
	return " " + strings.ToUpper(p.address(at)) + " "
}
