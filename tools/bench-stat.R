# Times R's survival package and base R on the benchmark files: one JSON line a
# case, the least of two runs. Reading the file is not counted.
suppressMessages({library(survival); library(data.table)})
folder <- commandArgs(TRUE)[1]
load <- function(kind, n) as.data.frame(fread(file.path(folder, sprintf("%s-%d.csv", kind, n)), nThread = 2))
time <- function(case, n, data, f) {
  seconds <- min(sapply(1:2, function(i) { invisible(gc()); system.time(f(data))[["elapsed"]] }))
  cat(sprintf('{"case":"%s","n":%d,"seconds":%.3f}\n', case, n, seconds))
}
for (n in c(100000L, 1000000L)) {
  d <- load("cox", n)
  time("cox_efron", n, d, function(d) coxph(Surv(time, ev) ~ x1 + x2 + x3 + x4 + x5, d))
  time("lr_logrank", n, d, function(d) survdiff(Surv(time, ev) ~ x5, d))
  time("km_survfit", n, d, function(d) survfit(Surv(time, ev) ~ x5, d))
}
time("glm_logit", 1000000L, d, function(d) glm(ev ~ x1 + x2 + x3 + x4 + x5, data = d, family = binomial))
for (n in c(100000L, 700000L)) {
  d <- load("coxtv", n)
  time("coxtv_efron", n, d, function(d) coxph(Surv(start, stop, ev) ~ trained + x, d))
  if (n == 100000L) time("coxtv_efron_cluster", n, d, function(d) coxph(Surv(start, stop, ev) ~ trained + x, d, cluster = id))
}
