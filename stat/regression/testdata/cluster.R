# Writes cluster.json: covariances of clubSandwich and sandwich on made rows in 9
# clusters of 1 to 16 rows. Run in this folder: Rscript cluster.R
suppressMessages({library(clubSandwich); library(sandwich); library(lmtest); library(jsonlite)})
set.seed(20250402)
size <- c(1, 2, 3, 4, 5, 7, 9, 12, 16); g <- rep(seq_along(size), size); n <- length(g)
d <- data.frame(g = g, h = sample(1:7, n, TRUE), treated = as.numeric(g %% 3 == 0), x1 = round(rnorm(n) + g / 6, 3), x2 = round(runif(n, 0, 50), 2))
d$w <- round(runif(n, 0.2, 3), 2); d$time <- seq_len(n)
shock <- rnorm(9)
d$y <- round(1 + 0.5 * d$treated + 0.3 * d$x1 - 0.02 * d$x2 + shock[g] + rnorm(n), 3)
d$count <- rpois(n, exp(0.5 + 0.3 * d$x1 + 0.4 * shock[g])); d$bin <- as.numeric(d$y > 1); d$exposure <- round(runif(n, 0.5, 4), 2)
se <- function(v) unname(sqrt(diag(v)))
linear <- function(f, d, wald = TRUE) { v2 <- vcovCR(f, cluster = d$g, type = "CR2")
  ct <- coef_test(f, vcov = v2, test = "Satterthwaite"); C <- rbind(c(0, 1, 0, 0), c(0, 0, 1, 1))
  wt <- function(C) { w <- Wald_test(f, constraints = C, vcov = v2, test = "HTZ"); c(w$Fstat, w$df_num, w$df_denom, w$p_val) }
  list(coef = unname(coef(f)), cr2 = se(v2), cr3 = se(vcovCR(f, cluster = d$g, type = "CR3")), df = ct$df_Satt, p = ct$p_Satt,
    htz = wt(C), htz3 = wt(constrain_zero(2:4, coef(f))),
    f_cr1 = local({ v <- vcovCL(f, cluster = d$g, type = "HC1"); b <- C %*% coef(f); F <- drop(t(b) %*% solve(C %*% v %*% t(C), b)) / 2; c(F, 2, 8, pf(F, 2, 8, lower.tail = FALSE)) }),
    twoway = se(vcovCL(f, cluster = d[, c("g", "h")], type = "HC1")), twoway0 = se(vcovCL(f, cluster = d[, c("g", "h")], type = "HC0", cadjust = FALSE))) }
ols <- lm(y ~ treated + x1 + x2, d); wls <- lm(y ~ treated + x1 + x2, d, weights = w)
nw <- function(f, lag, adjust) se(NeweyWest(f, lag = lag, prewhite = FALSE, adjust = adjust))
exact <- glm.control(epsilon = 1e-15, maxit = 100)
again <- function(f) suppressWarnings(update(f, start = coef(f)))
glmfit <- function(f, d) list(coef = unname(coef(f)), classical = se(summary(f)$cov.unscaled), dispersion = summary(f)$dispersion, deviance = deviance(f), loglik = as.numeric(logLik(f)),
  hc0 = se(sandwich(f)), hc1 = se(vcovHC(f, "HC1")), cr0 = se(vcovCL(f, cluster = d$g, type = "HC0", cadjust = FALSE)), cr1 = se(vcovCL(f, cluster = d$g, type = "HC1")),
  cr3 = { z <- f$linear.predictors + residuals(f, "working"); if (!is.null(f$offset)) z <- z - f$offset; X <- model.matrix(f); k <- weights(f, "working")
    left <- sapply(1:9, function(c) lm.wfit(X[d$g != c, ], z[d$g != c], k[d$g != c])$coefficients); unname(sqrt(rowSums((left - coef(f))^2))) })   # leaving out each cluster, one step
pois <- again(glm(count ~ treated + x1 + x2 + offset(log(exposure)), poisson, d, control = exact))
quasi <- again(glm(count ~ treated + x1 + x2 + offset(log(exposure)), quasipoisson, d, control = exact))
wpois <- again(glm(count ~ treated + x1 + x2, poisson, d, weights = w, control = exact))
logit <- again(glm(bin ~ treated + x1 + x2, binomial, d, control = exact))
# every cluster is within or without the dummies of a fixed effect
fe <- lm(y ~ x1 + x2 + factor(g), d[d$g > 1, ]); v <- vcovCR(fe, cluster = d$g[d$g > 1], type = "CR2")
fect <- coef_test(fe, vcov = v, test = "Satterthwaite")[2:3, ]
left <- sapply(2:9, function(k) coef(lm(y ~ x1 + x2 + factor(g), d[d$g > 1 & d$g != k, ]))[2:3])   # the jackknife itself
writeLines(toJSON(list(data = as.list(d), ols = linear(ols, d), wls = linear(wls, d),
  nw = list(lag0 = nw(ols, 0, TRUE), lag2 = nw(ols, 2, FALSE), lag5 = nw(ols, 5, TRUE), wls3 = nw(wls, 3, TRUE)),
  poisson = glmfit(pois, d), quasipoisson = list(dispersion = summary(quasi)$dispersion, se = unname(coef(summary(quasi))[, 2])), wpoisson = glmfit(wpois, d), logit = glmfit(logit, d),
  fixed = list(cr2 = fect$SE, df = fect$df_Satt, cr3 = unname(sqrt(rowSums((left - coef(fe)[2:3])^2)))),
  r = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich")), sandwich = as.character(packageVersion("sandwich"))), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "cluster.json")
