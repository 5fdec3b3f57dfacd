# One build, one image per service: docker build --target <gateway|tf-executor|device-programmer|drift-scanner|sandbox> .
ARG NODE_IMAGE=node:24-bookworm-slim
ARG TERRAFORM_IMAGE=hashicorp/terraform:1.11.4

FROM ${TERRAFORM_IMAGE} AS terraform

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
COPY sandbox sandbox
RUN npx nest build

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# What every service has. The Terraform modules of the vendors stay where the sources have them.
FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json package-lock.json ./
COPY libs/vendors/src libs/vendors/src
COPY --from=build /app/dist/libs dist/libs
USER node

FROM runtime AS gateway
ENV PORT=3000
COPY scripts/migrate.mjs scripts/migrate.mjs
COPY --from=build /app/dist/apps/gateway dist/apps/gateway
CMD ["node", "--enable-source-maps", "dist/apps/gateway/src/main.js"]

FROM runtime AS device-programmer
ENV PORT=3002
COPY --from=build /app/dist/apps/device-programmer dist/apps/device-programmer
CMD ["node", "--enable-source-maps", "dist/apps/device-programmer/src/main.js"]

FROM runtime AS drift-scanner
ENV PORT=3003
COPY --from=build /app/dist/apps/drift-scanner dist/apps/drift-scanner
CMD ["node", "--enable-source-maps", "dist/apps/drift-scanner/src/main.js"]

FROM runtime AS tf-executor
ENV PORT=3001 TERRAFORM_BIN=/usr/local/bin/terraform WORK_DIRECTORY=/var/lib/sitewright/work
COPY --from=terraform /bin/terraform /usr/local/bin/terraform
USER root
RUN install -d -o node -g node -m 0700 /var/lib/sitewright/work
USER node
COPY --from=build /app/dist/apps/tf-executor dist/apps/tf-executor
CMD ["node", "--enable-source-maps", "dist/apps/tf-executor/src/main.js"]

# The sandbox's Terraform provider, packed into a filesystem mirror.
FROM build AS sandbox-provider
COPY --from=terraform /bin/terraform /usr/local/bin/terraform
RUN TERRAFORM_BIN=/usr/local/bin/terraform node dist/sandbox/provider-mirror.main.js /opt/sandbox-provider

# An executor that works against the sandbox instead of a vendor.
FROM tf-executor AS sandbox-tf-executor
ENV TERRAFORM_PROVIDER_MIRROR=/opt/sandbox-provider/current/mirror
ENV TERRAFORM_LOCK_FILE=/opt/sandbox-provider/current/.terraform.lock.hcl
ENV WARM_PROVIDERS=1
COPY --from=sandbox-provider /opt/sandbox-provider /opt/sandbox-provider

FROM build AS sandbox
ENV SITEWRIGHT_SANDBOX_HOST=0.0.0.0 SITEWRIGHT_SANDBOX_DATA_FILE=/var/lib/sitewright/sandbox.json
RUN install -d -o node -g node -m 0700 /var/lib/sitewright
USER node
CMD ["node", "--enable-source-maps", "dist/sandbox/simulators.main.js"]
