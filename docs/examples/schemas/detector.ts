import { defineConfig } from 'varve';

/** A part of the model or of the data that a registry builds: the name of its class, and what that takes. */
function component(value: unknown): void {
  const isComponent = typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
  if (!isComponent) throw new Error('must be an object with a "type", the name of a class');
}

/**
 * A detector in the style of MMDetection (github.com/open-mmlab/mmdetection, `configs/_base_`): a Faster R-CNN whose
 * parts are `{ type, … }` objects. Layers merge into an `Object` member by member: a file or
 * `--model.backbone '{"depth": 101}'` need not repeat the rest.
 */
export default defineConfig({
  name: 'detector',
  file: 'detector.json',
  envPrefix: 'DET',
  settings: {
    model: {
      type: { format: String, default: 'FasterRCNN' },
      backbone: {
        format: Object,
        default: {
          type: 'ResNet',
          depth: 50,
          num_stages: 4,
          out_indices: [0, 1, 2, 3],
          frozen_stages: 1,
          norm_cfg: { type: 'BN', requires_grad: true },
          style: 'pytorch',
        },
      },
      neck: {
        format: Object,
        default: { type: 'FPN', in_channels: [256, 512, 1024, 2048], out_channels: 256, num_outs: 5 },
      },
      anchor_generator: {
        scales: { format: Array, items: Number, default: [8] },
        ratios: { format: Array, items: Number, default: [0.5, 1, 2] },
        strides: { format: Array, items: 'nat', default: [4, 8, 16, 32, 64] },
      },
      bbox_coder: {
        target_stds: { format: Array, items: Number, minLength: 4, maxLength: 4, default: [0.1, 0.1, 0.2, 0.2] },
      },
      loss_cls: { format: component, default: { type: 'CrossEntropyLoss', use_sigmoid: true, loss_weight: 1 } },
      loss_bbox: { format: component, default: { type: 'L1Loss', loss_weight: 1 } },
      test_cfg: {
        score_thr: { format: Number, min: 0, max: 1, default: 0.05 },
        nms: { format: component, default: { type: 'nms', iou_threshold: 0.5 } },
        max_per_img: { format: 'nat', default: 100 },
      },
    },
    data: {
      root: { default: 'data/coco/' },
      batch_size: { format: 'nat', min: 1, default: 2 },
      num_workers: { format: 'nat', default: 2, identity: false },
      scale: { doc: 'Width and height', format: Array, items: 'nat', minLength: 2, maxLength: 2, default: [1333, 800] },
      mean: { format: Array, items: Number, default: [123.675, 116.28, 103.53] },
      train_pipeline: {
        format: Array,
        items: component,
        default: [
          { type: 'LoadImageFromFile', backend_args: null },
          { type: 'LoadAnnotations', with_bbox: true },
          { type: 'Resize', scale: [1333, 800], keep_ratio: true },
          { type: 'RandomFlip', prob: 0.5 },
          { type: 'PackDetInputs' },
        ],
      },
      multi_scale: {
        doc: 'Scales to choose from; empty: the one above',
        format: Array,
        items: { format: Array, items: 'nat' },
        default: [],
      },
    },
    optim_wrapper: {
      type: { format: ['OptimWrapper', 'AmpOptimWrapper'], default: 'OptimWrapper' },
      optimizer: { format: component, default: { type: 'SGD', lr: 0.02, momentum: 0.9, weight_decay: 1e-4 } },
      clip_grad: { format: Object, nullable: true, default: null },
    },
    param_scheduler: {
      format: Array,
      items: component,
      default: [
        { type: 'LinearLR', start_factor: 0.001, by_epoch: false, begin: 0, end: 500 },
        { type: 'MultiStepLR', begin: 0, end: 12, by_epoch: true, milestones: [8, 11], gamma: 0.1 },
      ],
    },
    train_cfg: { max_epochs: { format: 'nat', default: 12 }, val_interval: { format: 'nat', default: 1 } },
    auto_scale_lr: { enable: { format: Boolean, default: false }, base_batch_size: { format: 'nat', default: 16 } },
    default_hooks: {
      doc: 'By name, each a component; others may be added',
      format: Object,
      default: {
        timer: { type: 'IterTimerHook' },
        logger: { type: 'LoggerHook', interval: 50 },
        checkpoint: { type: 'CheckpointHook', interval: 1 },
      },
      identity: false,
    },
    env_cfg: {
      cudnn_benchmark: { format: Boolean, default: false },
      mp_start_method: { format: ['fork', 'spawn', 'forkserver'], default: 'fork' },
      backend: { default: 'nccl' },
    },
    launcher: { format: ['none', 'pytorch', 'slurm', 'mpi'], default: 'none', identity: false },
    load_from: { doc: 'A checkpoint to begin with', format: String, nullable: true, default: null },
    resume: { format: Boolean, default: false, identity: false },
    seed: { doc: 'null: another at each start', format: 'nat', nullable: true, default: null },
  },
});
